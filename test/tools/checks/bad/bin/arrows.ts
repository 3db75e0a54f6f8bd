// Every line breaks one arrow of the import table; the comment is what the check must say of it.
import '../domain/identity.ts' // bin may not import domain
import type { A } from '../domain/identity.ts' // bin may not import domain
import '../schema/verbs.ts' // bin may not import schema
import type { A } from '../schema/verbs.ts' // bin may not import schema
import '../adapters/config.ts' // bin may not import adapters
import type { A } from '../adapters/config.ts' // bin may not import adapters
import '../activities/dependencies.ts' // bin may not import activities
import type { A } from '../activities/dependencies.ts' // bin may not import activities
import '../workflows/rollout.ts' // bin may not import workflows
import type { A } from '../workflows/rollout.ts' // bin may not import workflows
import '../api/app.ts' // bin may not import api
import type { A } from '../api/app.ts' // bin may not import api
import '../workers/act.ts' // bin may not import workers
import type { A } from '../workers/act.ts' // bin may not import workers
import '../ops/migrate.ts' // bin may not import ops
import type { A } from '../ops/migrate.ts' // bin may not import ops
import '../console/page.ts' // bin may not import console
import type { A } from '../console/page.ts' // bin may not import console
import '../loadtests/bench.ts' // bin may not import loadtests
import type { A } from '../loadtests/bench.ts' // bin may not import loadtests
import '../test/reporter.ts' // bin may not import test
import type { A } from '../test/reporter.ts' // bin may not import test
import 'commander' // bin may not import the package commander
import 'pg' // bin may not import the package pg
import '../cli/client.ts' // bin may not import cli
import type { A } from '../cli/client.ts' // bin may not import cli
import '../local-runtime/runtime.ts' // bin may not import local-runtime
import type { A } from '../local-runtime/runtime.ts' // bin may not import local-runtime
import '../tools/test-run.ts' // bin may not import tools
import type { A } from '../tools/test-run.ts' // bin may not import tools
