/** The sum over suites and the last line, which other programs read. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Part } from '../../../tools/tests/run-suites.ts'
import { runSuites } from '../../../tools/tests/run-suites.ts'

const failures = [{ title: 'a canary is reverted', reason: 'expected 4 to equal 5' }]
const leftOut = [{ title: 'a page', reason: 'no browser' }]
const parts: readonly Part[] = [
  { name: 'one', limitMs: 1000, run: async () => ({ passed: 3, failed: 0, leftOut, failures: [], trouble: [] }) },
  { name: 'two', limitMs: 1000, run: async () => ({ passed: 1, failed: 2, leftOut: [], failures, trouble: ['it crashed'] }) },
  { name: 'three', limitMs: 1000, run: () => Promise.reject(new Error('boom')) },
]

async function linesOf(leavingOutFails: boolean): Promise<string[]> {
  const lines: string[] = []
  await runSuites(parts, { print: (line) => lines.push(line), leavingOutFails })
  return lines
}

describe('npm test', () => {
  it('ends with the sum over all suites, whatever fails', async () => {
    const lines = await linesOf(false)
    expect(lines.at(-1)).to.equal('4 passed, 3 failed')
    expect(lines.join('\n')).to.match(/one +3 passed, 0 failed, 1 left out in 0 s of 1 s/)
    expect(lines.join('\n'))
      .to.match(/two +FAILED: it crashed\n/)
      .and.match(/three +FAILED: boom\n/)
      .and.match(/two +FAILED: a canary is reverted: expected 4 to equal 5\n/)
    expect(lines.join('\n')).to.match(/one +left out: a page: no browser\n/)
  })

  it('counts tests that are left out as failed when leaving out is not allowed', async () => {
    expect((await linesOf(true)).at(-1)).to.equal('4 passed, 4 failed')
  })

  it('refuses an unknown suite, and still ends with the line', () => {
    const run = spawnSync(process.execPath, [join(import.meta.dirname, '../../../tools/test-run.ts'), 'nonsense'], {
      encoding: 'utf8',
    })
    expect(run.status).to.equal(2)
    expect(run.stdout)
      .to.include('the suites are check, core, kubernetes, journeys, chaos')
      .and.match(/\n0 passed, 1 failed\n$/)
  })
})
