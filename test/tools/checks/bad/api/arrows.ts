// Every line breaks one arrow of the import table; the comment is what the check must say of it.
import '../adapters/config.ts' // api may import only types of adapters: write import type
import { type A } from '../adapters/config.ts' // api may import only types of adapters: write import type
import '../activities/dependencies.ts' // api may not import activities
import type { A } from '../activities/dependencies.ts' // api may not import activities
import '../workflows/rollout.ts' // api may import only types of workflows: write import type
import { type A } from '../workflows/rollout.ts' // api may import only types of workflows: write import type
import '../workers/act.ts' // api may not import workers
import type { A } from '../workers/act.ts' // api may not import workers
import '../ops/migrate.ts' // api may not import ops
import type { A } from '../ops/migrate.ts' // api may not import ops
import '../console/page.ts' // api may not import console
import type { A } from '../console/page.ts' // api may not import console
import '../bin/bootstrap.mjs' // api may not import bin
import type { A } from '../bin/bootstrap.mjs' // api may not import bin
import '../loadtests/bench.ts' // api may not import loadtests
import type { A } from '../loadtests/bench.ts' // api may not import loadtests
import '../test/reporter.ts' // api may not import test
import type { A } from '../test/reporter.ts' // api may not import test
import 'pg' // api may not import the package pg
import '@temporalio/client' // api may not import the package @temporalio/client
import 'undici' // api may not import the package undici
import 'pino' // api may import only types of the package pino: write import type
import '../cli/client.ts' // api may not import cli
import type { A } from '../cli/client.ts' // api may not import cli
import '../local-runtime/runtime.ts' // api may not import local-runtime
import type { A } from '../local-runtime/runtime.ts' // api may not import local-runtime
import '../tools/test-run.ts' // api may not import tools
import type { A } from '../tools/test-run.ts' // api may not import tools
