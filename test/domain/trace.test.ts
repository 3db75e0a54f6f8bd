import { expect } from 'chai'
import { describe, it } from 'mocha'
import { spanOfRun, within } from '../../domain/trace.ts'

const trace = '0af7651916cd43dd8448eb211c80319c'
const run = '01a2141f-3fb4-766a-bbe0-ea8fa4d3a20b'

describe('a trace that goes through a workflow', () => {
  it('has for a run the same span at every replay', () => {
    expect(spanOfRun(run)).to.equal('bbe0ea8fa4d3a20b')
  })

  it('stays the same trace for what the run starts, kept or not, with what others put beside it', () => {
    for (const flags of ['01', '00'])
      expect(within({ traceparent: `00-${trace}-b7ad6b7169203331-${flags}`, tracestate: 'a=1' }, spanOfRun(run))).to.deep.equal({
        traceparent: `00-${trace}-bbe0ea8fa4d3a20b-${flags}`,
        tracestate: 'a=1',
      })
  })

  it('is none where what came is none', () => {
    for (const traceparent of ['', 'x', `00-${trace}-b7ad6b7169203331`, `01-${trace}-b7ad6b7169203331-01`])
      expect(within({ traceparent }, spanOfRun(run))).to.equal(null)
    expect(within({}, spanOfRun(run))).to.equal(null)
  })
})
