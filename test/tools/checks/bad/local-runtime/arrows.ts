// Every line breaks one arrow of the import table; the comment is what the check must say of it.
import '../schema/verbs.ts' // local-runtime may not import schema
import type { A } from '../schema/verbs.ts' // local-runtime may not import schema
import '../activities/dependencies.ts' // local-runtime may not import activities
import type { A } from '../activities/dependencies.ts' // local-runtime may not import activities
import '../workflows/rollout.ts' // local-runtime may not import workflows
import type { A } from '../workflows/rollout.ts' // local-runtime may not import workflows
import '../api/app.ts' // local-runtime may not import api
import type { A } from '../api/app.ts' // local-runtime may not import api
import '../workers/act.ts' // local-runtime may not import workers
import type { A } from '../workers/act.ts' // local-runtime may not import workers
import '../cli/client.ts' // local-runtime may not import cli
import type { A } from '../cli/client.ts' // local-runtime may not import cli
import '../ops/migrate.ts' // local-runtime may not import ops
import type { A } from '../ops/migrate.ts' // local-runtime may not import ops
import '../tools/test-run.ts' // local-runtime may not import tools
import type { A } from '../tools/test-run.ts' // local-runtime may not import tools
import '../console/page.ts' // local-runtime may not import console
import type { A } from '../console/page.ts' // local-runtime may not import console
import '../bin/bootstrap.mjs' // local-runtime may not import bin
import type { A } from '../bin/bootstrap.mjs' // local-runtime may not import bin
import '../loadtests/bench.ts' // local-runtime may not import loadtests
import type { A } from '../loadtests/bench.ts' // local-runtime may not import loadtests
import '../test/reporter.ts' // local-runtime may not import test
import type { A } from '../test/reporter.ts' // local-runtime may not import test
import 'pg' // local-runtime may not import the package pg
import 'koa' // local-runtime may not import the package koa
import '@temporalio/client' // local-runtime may not import the package @temporalio/client
import 'mocha' // local-runtime may not import the package mocha
