// Every line breaks one arrow of the import table; the comment is what the check must say of it.
import '../activities/dependencies.ts' // tools may not import activities
import type { A } from '../activities/dependencies.ts' // tools may not import activities
import '../workflows/rollout.ts' // tools may not import workflows
import type { A } from '../workflows/rollout.ts' // tools may not import workflows
import '../api/app.ts' // tools may not import api
import type { A } from '../api/app.ts' // tools may not import api
import '../workers/act.ts' // tools may not import workers
import type { A } from '../workers/act.ts' // tools may not import workers
import '../cli/client.ts' // tools may not import cli
import type { A } from '../cli/client.ts' // tools may not import cli
import '../local-runtime/runtime.ts' // tools may not import local-runtime
import type { A } from '../local-runtime/runtime.ts' // tools may not import local-runtime
import '../console/page.ts' // tools may not import console
import type { A } from '../console/page.ts' // tools may not import console
import '../bin/bootstrap.mjs' // tools may not import bin
import type { A } from '../bin/bootstrap.mjs' // tools may not import bin
import '../test/reporter.ts' // tools may not import test
import type { A } from '../test/reporter.ts' // tools may not import test
import 'koa' // tools may not import the package koa
import 'pg' // tools may not import the package pg
import '@temporalio/client' // tools may not import the package @temporalio/client
import 'mocha' // tools may not import the package mocha
