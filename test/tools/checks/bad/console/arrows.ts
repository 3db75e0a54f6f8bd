// Every line breaks one arrow of the import table; the comment is what the check must say of it.
import '../domain/identity.ts' // console may import only types of domain: write import type
import { type A } from '../domain/identity.ts' // console may import only types of domain: write import type
import '../adapters/config.ts' // console may not import adapters
import type { A } from '../adapters/config.ts' // console may not import adapters
import '../activities/dependencies.ts' // console may not import activities
import type { A } from '../activities/dependencies.ts' // console may not import activities
import '../workflows/rollout.ts' // console may not import workflows
import type { A } from '../workflows/rollout.ts' // console may not import workflows
import '../api/app.ts' // console may not import api
import type { A } from '../api/app.ts' // console may not import api
import '../workers/act.ts' // console may not import workers
import type { A } from '../workers/act.ts' // console may not import workers
import '../ops/migrate.ts' // console may not import ops
import type { A } from '../ops/migrate.ts' // console may not import ops
import '../bin/bootstrap.mjs' // console may not import bin
import type { A } from '../bin/bootstrap.mjs' // console may not import bin
import '../loadtests/bench.ts' // console may not import loadtests
import type { A } from '../loadtests/bench.ts' // console may not import loadtests
import '../test/reporter.ts' // console may not import test
import type { A } from '../test/reporter.ts' // console may not import test
import 'yaml' // console may not import the package yaml
import 'node:fs' // console may not import the package node:fs
import '../cli/client.ts' // console may not import cli
import type { A } from '../cli/client.ts' // console may not import cli
import '../local-runtime/runtime.ts' // console may not import local-runtime
import type { A } from '../local-runtime/runtime.ts' // console may not import local-runtime
import '../tools/test-run.ts' // console may not import tools
import type { A } from '../tools/test-run.ts' // console may not import tools
