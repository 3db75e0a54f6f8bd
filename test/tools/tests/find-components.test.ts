/** The components that a run needs are found before its first test, or are a failure with its remedy. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { missing } from '../../../ops/components/component.ts'
import type { Component } from '../../../ops/components/component.ts'
import { findComponents } from '../../../tools/tests/find-components.ts'

const made: Component = {
  name: 'made',
  version: '1.0.0',
  async find(_env, say) {
    say('building it: once')
    return { name: 'made', version: '1.0.0', path: '/cache/made', from: 'build' }
  },
}
const lost: Component = { name: 'lost', version: '1.0.0', find: () => Promise.reject(missing('lost', 'install lost')) }

describe('a component that tests need', () => {
  it('is built before the first test, with its progress printed', async () => {
    const lines: string[] = []
    expect(await findComponents([made], {}, (line) => lines.push(line))).to.include({ passed: 0, failed: 0 })
    expect(lines).to.deep.equal(['building it: once', 'made 1.0.0 (build): /cache/made'])
  })

  it('is a failure with its remedy when it is not available, and the next one is still searched', async () => {
    const lines: string[] = []
    const { failed, trouble } = await findComponents([lost, made], {}, (line) => lines.push(line))
    expect(failed).to.equal(1)
    expect(trouble).to.deep.equal(['lost: lost is not available: install lost'])
    expect(lines.at(-1)).to.equal('made 1.0.0 (build): /cache/made')
  })
})
