/** A part of the run that is no suite ends within its limit, with everything that it has started. */
import { existsSync, mkdtempDisposableSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { startTime } from '../../../adapters/process/process-table.ts'
import { runApart } from '../../../tools/tests/run-apart.ts'
import { until } from '../../stack/until.ts'

const planted = (name: string) => join(import.meta.dirname, 'planted', `part-that-${name}.ts`)
const quiet = { stdio: 'ignore', graceMs: 200 } as const

describe('a part of a run that is no suite', function () {
  this.timeout(60_000)

  it('has the result that its process tells, though something is still open there', async () => {
    expect(await runApart([planted('ends')], { ...quiet, limitMs: 50_000 })).to.deep.equal({
      passed: 2,
      failed: 1,
      leftOut: [],
      failures: [],
      trouble: ['lost: lost is not available'],
    })
  })

  it('fails where its process ends without a result', async () => {
    expect(await runApart([planted('ends'), 'now'], { ...quiet, limitMs: 50_000 })).to.deep.include({
      failed: 1,
      trouble: ['it ended with 3 before it told its result'],
    })
  })

  for (const [by, limitMs, trouble] of [
    ['its limit', 3_000, 'it took longer than its share of 3 s'],
    ['Ctrl-C', 50_000, 'it was interrupted'],
  ] as const)
    it(`is ended by ${by}, with what it has started`, async () => {
      using folder = mkdtempDisposableSync(join(tmpdir(), 'hf-apart-'))
      const file = join(folder.path, 'pid')
      const interruption = new AbortController()
      const run = runApart([planted('hangs'), file], { ...quiet, limitMs, signal: interruption.signal })
      if (by === 'Ctrl-C') {
        await until('its program', () => existsSync(file) && readFileSync(file, 'utf8') !== '')
        interruption.abort()
      }
      expect(await run).to.deep.include({ failed: 1, trouble: [trouble] })
      // On a machine too busy to start it within the limit, there is nothing to be left.
      if (existsSync(file)) await until('the end of its program', () => startTime(Number(readFileSync(file, 'utf8'))) === '')
    })

  it('is not started once the run was interrupted', async () => {
    const run = runApart([planted('ends')], { ...quiet, limitMs: 50_000, signal: AbortSignal.abort() })
    expect(await run).to.deep.include({ failed: 1, trouble: ['it was interrupted'] })
  })
})
