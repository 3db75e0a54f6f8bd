import { expect } from 'chai'
import { describe, it } from 'mocha'
import { spanOfRun, within } from '../../domain/trace.ts'

const trace = '0af7651916cd43dd8448eb211c80319c'
const run = '01a2141f-3fb4-766a-bbe0-ea8fa4d3a20b'

describe('a trace through a workflow', () => {
  it('has the same span for a run at every replay', () => {
    expect(spanOfRun(run)).to.equal('bbe0ea8fa4d3a20b')
  })

  it('continues in what the run starts, sampled or not, with the headers of other tools', () => {
    for (const flags of ['01', '00'])
      expect(within({ traceparent: `00-${trace}-b7ad6b7169203331-${flags}`, tracestate: 'a=1' }, spanOfRun(run))).to.deep.equal({
        traceparent: `00-${trace}-bbe0ea8fa4d3a20b-${flags}`,
        tracestate: 'a=1',
      })
  })

  it('is not started without a valid header', () => {
    const good = `00-${trace}-b7ad6b7169203331-01`
    for (const traceparent of [
      '',
      'x',
      `x${good}`,
      `${good}x`,
      `00-${trace}-b7ad6b7169203331`,
      `01-${trace}-b7ad6b7169203331-01`,
    ])
      expect(within({ traceparent }, spanOfRun(run))).to.equal(null)
    expect(within({}, spanOfRun(run))).to.equal(null)
  })
})
