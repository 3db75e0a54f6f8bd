/** A part that tells a result and still has something open; with an argument, one that ends without a result. */
import { tellResult } from '../../../../tools/tests/run-apart.ts'

setInterval(() => {}, 1_000)
if (process.argv[2] === undefined) tellResult({ passed: 2, failed: 1, trouble: ['lost: lost is not available'] })
else process.exit(3)
