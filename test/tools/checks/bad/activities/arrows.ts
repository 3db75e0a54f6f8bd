// Every line breaks one arrow of the import table; the comment is what the check must say of it.
import '../schema/verbs.ts' // activities may not import schema
import type { A } from '../schema/verbs.ts' // activities may not import schema
import '../adapters/config.ts' // activities may import only types of adapters: write import type
import { type A } from '../adapters/config.ts' // activities may import only types of adapters: write import type
import '../workflows/rollout.ts' // activities may not import workflows
import type { A } from '../workflows/rollout.ts' // activities may not import workflows
import '../api/app.ts' // activities may not import api
import type { A } from '../api/app.ts' // activities may not import api
import '../workers/act.ts' // activities may not import workers
import type { A } from '../workers/act.ts' // activities may not import workers
import '../ops/migrate.ts' // activities may not import ops
import type { A } from '../ops/migrate.ts' // activities may not import ops
import '../console/page.ts' // activities may not import console
import type { A } from '../console/page.ts' // activities may not import console
import '../bin/bootstrap.mjs' // activities may not import bin
import type { A } from '../bin/bootstrap.mjs' // activities may not import bin
import '../loadtests/bench.ts' // activities may not import loadtests
import type { A } from '../loadtests/bench.ts' // activities may not import loadtests
import '../test/reporter.ts' // activities may not import test
import type { A } from '../test/reporter.ts' // activities may not import test
import 'pg' // activities may not import the package pg
import 'node:fs' // activities may not import the package node:fs
import '../cli/client.ts' // activities may not import cli
import type { A } from '../cli/client.ts' // activities may not import cli
import '../local-runtime/runtime.ts' // activities may not import local-runtime
import type { A } from '../local-runtime/runtime.ts' // activities may not import local-runtime
import '../tools/test-run.ts' // activities may not import tools
import type { A } from '../tools/test-run.ts' // activities may not import tools
