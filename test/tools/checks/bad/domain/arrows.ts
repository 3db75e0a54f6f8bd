// Every line breaks one arrow of the import table; the comment is what the check must say of it.
import '../schema/verbs.ts' // domain may not import schema
import type { A } from '../schema/verbs.ts' // domain may not import schema
import '../adapters/config.ts' // domain may not import adapters
import type { A } from '../adapters/config.ts' // domain may not import adapters
import '../activities/dependencies.ts' // domain may not import activities
import type { A } from '../activities/dependencies.ts' // domain may not import activities
import '../workflows/rollout.ts' // domain may not import workflows
import type { A } from '../workflows/rollout.ts' // domain may not import workflows
import '../api/app.ts' // domain may not import api
import type { A } from '../api/app.ts' // domain may not import api
import '../workers/act.ts' // domain may not import workers
import type { A } from '../workers/act.ts' // domain may not import workers
import '../ops/migrate.ts' // domain may not import ops
import type { A } from '../ops/migrate.ts' // domain may not import ops
import '../console/page.ts' // domain may not import console
import type { A } from '../console/page.ts' // domain may not import console
import '../bin/bootstrap.mjs' // domain may not import bin
import type { A } from '../bin/bootstrap.mjs' // domain may not import bin
import '../loadtests/bench.ts' // domain may not import loadtests
import type { A } from '../loadtests/bench.ts' // domain may not import loadtests
import '../test/reporter.ts' // domain may not import test
import type { A } from '../test/reporter.ts' // domain may not import test
import 'zod' // domain may not import the package zod
import 'node:fs' // domain may not import the package node:fs
import 'node:crypto' // domain may not import the package node:crypto
const at = new Date() // domain may not read the clock: pass now in
const text = Date() // domain may not read the clock: pass now in
export * from '../api/app.ts' // domain may not import api
export { type B } from '../api/app.ts' // domain may not import api
const later = await import('../api/app.ts') // domain may not import api
const c: import('../api/app.ts').A = 1 // domain may not import api
require('../api/app.ts') // domain may not import api
import '../../elsewhere.ts' // domain may not import from outside the tree: ../../elsewhere.ts
await import(at) // domain may not import a computed path: it cannot be checked
import '../cli/client.ts' // domain may not import cli
import type { A } from '../cli/client.ts' // domain may not import cli
import '../local-runtime/runtime.ts' // domain may not import local-runtime
import type { A } from '../local-runtime/runtime.ts' // domain may not import local-runtime
import '../tools/test-run.ts' // domain may not import tools
import type { A } from '../tools/test-run.ts' // domain may not import tools
