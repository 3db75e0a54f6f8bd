// Every line breaks one arrow of the import table; the comment is what the check must say of it.
import '../schema/verbs.ts' // adapters may not import schema
import type { A } from '../schema/verbs.ts' // adapters may not import schema
import '../activities/dependencies.ts' // adapters may not import activities
import type { A } from '../activities/dependencies.ts' // adapters may not import activities
import '../workflows/rollout.ts' // adapters may not import workflows
import type { A } from '../workflows/rollout.ts' // adapters may not import workflows
import '../api/app.ts' // adapters may not import api
import type { A } from '../api/app.ts' // adapters may not import api
import '../workers/act.ts' // adapters may not import workers
import type { A } from '../workers/act.ts' // adapters may not import workers
import '../ops/migrate.ts' // adapters may not import ops
import type { A } from '../ops/migrate.ts' // adapters may not import ops
import '../console/page.ts' // adapters may not import console
import type { A } from '../console/page.ts' // adapters may not import console
import '../bin/bootstrap.mjs' // adapters may not import bin
import type { A } from '../bin/bootstrap.mjs' // adapters may not import bin
import '../loadtests/bench.ts' // adapters may not import loadtests
import type { A } from '../loadtests/bench.ts' // adapters may not import loadtests
import '../test/reporter.ts' // adapters may not import test
import type { A } from '../test/reporter.ts' // adapters may not import test
import 'koa' // adapters may not import the package koa
import 'react' // adapters may not import the package react
import '@temporalio/workflow' // adapters may not import the package @temporalio/workflow
import { Worker } from '@temporalio/worker' // adapters may import only types of the package @temporalio/worker: write import type
import '@opentelemetry/sdk-trace-node' // adapters may not import the package @opentelemetry/sdk-trace-node
import '../cli/client.ts' // adapters may not import cli
import type { A } from '../cli/client.ts' // adapters may not import cli
import '../local-runtime/runtime.ts' // adapters may not import local-runtime
import type { A } from '../local-runtime/runtime.ts' // adapters may not import local-runtime
import '../tools/test-run.ts' // adapters may not import tools
import type { A } from '../tools/test-run.ts' // adapters may not import tools
