// Every line breaks one arrow of the import table; the comment is what the check must say of it.
import '../activities/dependencies.ts' // ops may not import activities
import type { A } from '../activities/dependencies.ts' // ops may not import activities
import '../workflows/rollout.ts' // ops may not import workflows
import type { A } from '../workflows/rollout.ts' // ops may not import workflows
import '../api/app.ts' // ops may not import api
import type { A } from '../api/app.ts' // ops may not import api
import '../workers/act.ts' // ops may not import workers
import type { A } from '../workers/act.ts' // ops may not import workers
import '../console/page.ts' // ops may not import console
import type { A } from '../console/page.ts' // ops may not import console
import '../bin/bootstrap.mjs' // ops may not import bin
import type { A } from '../bin/bootstrap.mjs' // ops may not import bin
import '../loadtests/bench.ts' // ops may not import loadtests
import type { A } from '../loadtests/bench.ts' // ops may not import loadtests
import '../test/reporter.ts' // ops may not import test
import type { A } from '../test/reporter.ts' // ops may not import test
import 'koa' // ops may not import the package koa
import 'mocha' // ops may not import the package mocha
import 'react' // ops may not import the package react
import 'pg' // ops may not import the package pg
import '@temporalio/client' // ops may not import the package @temporalio/client
import '../cli/client.ts' // ops may not import cli
import type { A } from '../cli/client.ts' // ops may not import cli
import '../local-runtime/runtime.ts' // ops may not import local-runtime
import type { A } from '../local-runtime/runtime.ts' // ops may not import local-runtime
import '../tools/test-run.ts' // ops may not import tools
import type { A } from '../tools/test-run.ts' // ops may not import tools
