// Every line breaks one arrow of the import table; the comment is what the check must say of it.
import '../bin/bootstrap.mjs' // test may not import bin
import type { A } from '../bin/bootstrap.mjs' // test may not import bin
import 'knip' // test may not import the package knip
