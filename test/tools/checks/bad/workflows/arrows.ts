// Every line breaks one arrow of the import table; the comment is what the check must say of it.
import '../schema/verbs.ts' // workflows may not import schema
import type { A } from '../schema/verbs.ts' // workflows may not import schema
import '../adapters/config.ts' // workflows may not import adapters
import type { A } from '../adapters/config.ts' // workflows may not import adapters
import '../activities/dependencies.ts' // workflows may import only types of activities: write import type
import { type A } from '../activities/dependencies.ts' // workflows may import only types of activities: write import type
import '../api/app.ts' // workflows may not import api
import type { A } from '../api/app.ts' // workflows may not import api
import '../workers/act.ts' // workflows may not import workers
import type { A } from '../workers/act.ts' // workflows may not import workers
import '../ops/migrate.ts' // workflows may not import ops
import type { A } from '../ops/migrate.ts' // workflows may not import ops
import '../console/page.ts' // workflows may not import console
import type { A } from '../console/page.ts' // workflows may not import console
import '../bin/bootstrap.mjs' // workflows may not import bin
import type { A } from '../bin/bootstrap.mjs' // workflows may not import bin
import '../loadtests/bench.ts' // workflows may not import loadtests
import type { A } from '../loadtests/bench.ts' // workflows may not import loadtests
import '../test/reporter.ts' // workflows may not import test
import type { A } from '../test/reporter.ts' // workflows may not import test
import 'zod' // workflows may not import the package zod
import 'node:crypto' // workflows may not import the package node:crypto
import '@temporalio/client' // workflows may not import the package @temporalio/client
import '../domain/digest.ts' // workflows may not import domain/digest.ts
import '../domain/audit/leaf.ts' // workflows may not import domain/audit/
const at = new Date() // workflows may not read the clock: pass now in
import '../cli/client.ts' // workflows may not import cli
import type { A } from '../cli/client.ts' // workflows may not import cli
import '../local-runtime/runtime.ts' // workflows may not import local-runtime
import type { A } from '../local-runtime/runtime.ts' // workflows may not import local-runtime
import '../tools/test-run.ts' // workflows may not import tools
import type { A } from '../tools/test-run.ts' // workflows may not import tools
