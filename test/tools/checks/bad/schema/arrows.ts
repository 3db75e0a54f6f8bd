// Every line breaks one arrow of the import table; the comment is what the check must say of it.
import '../adapters/config.ts' // schema may not import adapters
import type { A } from '../adapters/config.ts' // schema may not import adapters
import '../activities/dependencies.ts' // schema may not import activities
import type { A } from '../activities/dependencies.ts' // schema may not import activities
import '../workflows/rollout.ts' // schema may not import workflows
import type { A } from '../workflows/rollout.ts' // schema may not import workflows
import '../api/app.ts' // schema may not import api
import type { A } from '../api/app.ts' // schema may not import api
import '../workers/act.ts' // schema may not import workers
import type { A } from '../workers/act.ts' // schema may not import workers
import '../ops/migrate.ts' // schema may not import ops
import type { A } from '../ops/migrate.ts' // schema may not import ops
import '../console/page.ts' // schema may not import console
import type { A } from '../console/page.ts' // schema may not import console
import '../bin/bootstrap.mjs' // schema may not import bin
import type { A } from '../bin/bootstrap.mjs' // schema may not import bin
import '../loadtests/bench.ts' // schema may not import loadtests
import type { A } from '../loadtests/bench.ts' // schema may not import loadtests
import '../test/reporter.ts' // schema may not import test
import type { A } from '../test/reporter.ts' // schema may not import test
import 'koa' // schema may not import the package koa
import 'node:fs' // schema may not import the package node:fs
import '../cli/client.ts' // schema may not import cli
import type { A } from '../cli/client.ts' // schema may not import cli
import '../local-runtime/runtime.ts' // schema may not import local-runtime
import type { A } from '../local-runtime/runtime.ts' // schema may not import local-runtime
import '../tools/test-run.ts' // schema may not import tools
import type { A } from '../tools/test-run.ts' // schema may not import tools
