/** Every way in which a run of tests can fail is counted. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { readFile, readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { MochaOptions, MochaRun } from '../../../tools/tests/run-mocha.ts'
import { runMocha } from '../../../tools/tests/run-mocha.ts'
import { until } from '../../stack/until.ts'

const root = join(import.meta.dirname, '../../..')

const run = (files: readonly string[], more: Partial<MochaOptions> = {}): Promise<MochaRun> =>
  runMocha({
    root,
    files: files.map((file) => relative(root, join(import.meta.dirname, 'planted', `${file}.ts`))),
    limitMs: 30_000,
    stdio: 'ignore',
    ...more,
  })

describe('a run of tests', () => {
  it('counts what passes and what fails', async () => {
    expect(await run(['passes'])).to.include({ passed: 2, failed: 0 })
    const { passed, failed, failures } = await run(['passes', 'fails'])
    expect({ passed, failed }).to.deep.equal({ passed: 3, failed: 1 })
    expect(failures).to.deep.equal([{ title: 'is wrong', reason: 'planted' }])
  })

  it('counts the tests that a failed hook hides', async () => {
    expect(await run(['hidden-by-hook'])).to.include({ passed: 0, failed: 3 })
  })

  it('lists the tests that were left out, with the reason', async () => {
    const { passed, failed, leftOut } = await run(['left-out'])
    expect({ passed, failed, leftOut }).to.deep.equal({
      passed: 1,
      failed: 0,
      leftOut: [
        { title: 'needs a browser', reason: 'chromium is not on PATH' },
        { title: 'behind a hook needs rules', reason: 'prometheus is not on PATH' },
      ],
    })
  })

  for (const [file, trouble] of [
    ['breaks-on-load', /left no result/],
    ['crashes', /left no result: it ended with SIGABRT in 'a test that aborts its process'; last on stderr:\n.*FATAL/s],
    ['is-killed', /left no result: it ended with SIGKILL in 'a test that is killed'$/],
    ['litters', /left processes behind/],
  ] as const) {
    it(`fails when a file ${file}`, async () => {
      const { failed, trouble: found } = await run([file])
      expect(failed).to.equal(1)
      expect(found.join()).to.match(trouble)
    })
  }

  it('fails without a file and without a test', async () => {
    expect((await run([])).failed).to.equal(1)
    expect((await run(['empty'])).failed).to.equal(1)
  })

  it('ends and counts as failed a run that takes longer than its share, does not end by itself, or is interrupted', async () => {
    expect((await run(['hangs'], { limitMs: 1500 })).trouble.join()).to.include('longer than its share of 1.5 s')
    expect(await run(['lingers'], { lingerMs: 500 })).to.deep.include({ passed: 1, failed: 1 })
    const interrupted = await run(['hangs'], { signal: AbortSignal.timeout(1000) })
    expect(interrupted.trouble.join()).to.include('it was interrupted')
  })

  it('leaves no process of its tests behind when it is interrupted', async () => {
    const mark = `planted-${process.pid}-${Date.now()}`
    process.env['HOLDFAST_PLANTED_MARK'] = mark
    const ending = new AbortController()
    const interrupted = run(['hangs-with-child'], { signal: ending.signal })
    await until('its child', async () => (await running(mark)) > 0)
    ending.abort()
    expect((await interrupted).trouble.join()).to.include('it was interrupted')
    expect(await running(mark)).to.equal(0)
  })
})

/** Processes whose command line has `mark`. */
async function running(mark: string): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return lines.filter((line) => line.includes(mark)).length
}
