// Every line breaks one arrow of the import table; the comment is what the check must say of it.
import '../adapters/config.ts' // cli may not import adapters
import type { A } from '../adapters/config.ts' // cli may not import adapters
import '../activities/dependencies.ts' // cli may not import activities
import type { A } from '../activities/dependencies.ts' // cli may not import activities
import '../workflows/rollout.ts' // cli may not import workflows
import type { A } from '../workflows/rollout.ts' // cli may not import workflows
import '../api/app.ts' // cli may not import api
import type { A } from '../api/app.ts' // cli may not import api
import '../workers/act.ts' // cli may not import workers
import type { A } from '../workers/act.ts' // cli may not import workers
import '../local-runtime/runtime.ts' // cli may not import local-runtime
import type { A } from '../local-runtime/runtime.ts' // cli may not import local-runtime
import '../ops/migrate.ts' // cli may not import ops
import type { A } from '../ops/migrate.ts' // cli may not import ops
import '../tools/test-run.ts' // cli may not import tools
import type { A } from '../tools/test-run.ts' // cli may not import tools
import '../console/page.ts' // cli may not import console
import type { A } from '../console/page.ts' // cli may not import console
import '../bin/bootstrap.mjs' // cli may not import bin
import type { A } from '../bin/bootstrap.mjs' // cli may not import bin
import '../loadtests/bench.ts' // cli may not import loadtests
import type { A } from '../loadtests/bench.ts' // cli may not import loadtests
import '../test/reporter.ts' // cli may not import test
import type { A } from '../test/reporter.ts' // cli may not import test
import 'koa' // cli may not import the package koa
import 'pg' // cli may not import the package pg
import '@temporalio/worker' // cli may not import the package @temporalio/worker
import '@temporalio/client' // cli may not import the package @temporalio/client
import 'mocha' // cli may not import the package mocha
