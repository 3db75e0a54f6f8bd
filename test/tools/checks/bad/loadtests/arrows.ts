// Every line breaks one arrow of the import table; the comment is what the check must say of it.
import '../api/app.ts' // loadtests may not import api
import type { A } from '../api/app.ts' // loadtests may not import api
import '../workers/act.ts' // loadtests may not import workers
import type { A } from '../workers/act.ts' // loadtests may not import workers
import '../console/page.ts' // loadtests may not import console
import type { A } from '../console/page.ts' // loadtests may not import console
import '../bin/bootstrap.mjs' // loadtests may not import bin
import type { A } from '../bin/bootstrap.mjs' // loadtests may not import bin
import '../test/reporter.ts' // loadtests may not import test
import type { A } from '../test/reporter.ts' // loadtests may not import test
import 'chai' // loadtests may not import the package chai
import '../tools/test-run.ts' // loadtests may not import tools
import type { A } from '../tools/test-run.ts' // loadtests may not import tools
