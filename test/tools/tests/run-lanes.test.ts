/** The sum over lanes that run side by side. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { join, relative } from 'node:path'
import { runLanes } from '../../../tools/tests/run-lanes.ts'
import { lanesOf, suites } from '../../../tools/tests/suites.ts'

const root = join(import.meta.dirname, '../../..')
const planted = (file: string) => relative(root, join(import.meta.dirname, 'planted', `${file}.ts`))

describe('the lanes of a suite', () => {
  it('are counted together, and each prints its results', async () => {
    const printed: string[] = []
    const run = await runLanes([[planted('passes')], [planted('fails')], [planted('crashes')]], {
      root,
      limitMs: 30_000,
      print: (text) => printed.push(text),
    })
    expect(run).to.deep.include({ passed: 3, failed: 2, failures: [{ title: 'is wrong', reason: 'planted' }] })
    expect(run.trouble.join()).to.match(/it ended with SIGABRT in 'a test that aborts its process'/)
    expect(printed[0]).to.match(/is wrong/)
    expect(printed[1]).to.match(/FATAL/)
    expect(printed[2]).to.match(/^lane 1: 2 passed in \d+ s\nlane 2: 1 passed in \d+ s\nlane 3: 0 passed in \d+ s$/)
  })

  it('contain every file of the suite once', async () => {
    for (const suite of suites) {
      const { beside: _beside, ...alone } = suite
      const [together = [], lanes] = [(await lanesOf(root, alone))[0], await lanesOf(root, suite)]
      expect(lanes.flat().sort()).to.deep.equal(together)
      for (const lane of lanes) expect(lane).not.to.deep.equal([])
    }
  })
})
