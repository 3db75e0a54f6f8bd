// Every line breaks one arrow of the import table; the comment is what the check must say of it.
import '../schema/verbs.ts' // workers may not import schema
import type { A } from '../schema/verbs.ts' // workers may not import schema
import '../workflows/rollout.ts' // workers may not import workflows
import type { A } from '../workflows/rollout.ts' // workers may not import workflows
import '../api/app.ts' // workers may not import api
import type { A } from '../api/app.ts' // workers may not import api
import '../ops/migrate.ts' // workers may not import ops
import type { A } from '../ops/migrate.ts' // workers may not import ops
import '../console/page.ts' // workers may not import console
import type { A } from '../console/page.ts' // workers may not import console
import '../bin/bootstrap.mjs' // workers may not import bin
import type { A } from '../bin/bootstrap.mjs' // workers may not import bin
import '../loadtests/bench.ts' // workers may not import loadtests
import type { A } from '../loadtests/bench.ts' // workers may not import loadtests
import '../test/reporter.ts' // workers may not import test
import type { A } from '../test/reporter.ts' // workers may not import test
import 'pg' // workers may not import the package pg
import 'koa' // workers may not import the package koa
import '../cli/client.ts' // workers may not import cli
import type { A } from '../cli/client.ts' // workers may not import cli
import '../local-runtime/runtime.ts' // workers may not import local-runtime
import type { A } from '../local-runtime/runtime.ts' // workers may not import local-runtime
import '../tools/test-run.ts' // workers may not import tools
import type { A } from '../tools/test-run.ts' // workers may not import tools
