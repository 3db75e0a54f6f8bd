import { expect } from 'chai'
import { describe, it } from 'mocha'
import { eventView, reasonView } from '../../../api/views/reason.ts'

const unready = { service: 'shop', environment: 'production', version: '1.0.0' }
const because = { code: 'cannot-start', detail: '0 of 2 ready: exit code 3' } as const
const hint = "'holdfast logs shop -e production --version 1.0.0' shows what it printed"
const event = {
  subjectKind: 'release',
  subject: 'shop-1',
  seq: 3,
  at: 'now',
  actor: { kind: 'system', id: 'rollout' },
  where: null,
} as const

describe('a reason on the wire', () => {
  it('names the command that shows what an unready version printed', () => {
    expect(reasonView({ ...because, unready })).to.deep.equal({ ...because, hint })
  })

  it('keeps its own hint, and is unchanged without an unready version', () => {
    expect(reasonView({ ...because, hint: 'its own', unready })).to.deep.equal({ ...because, hint: 'its own' })
    expect(reasonView(because)).to.deep.equal(because)
    expect(reasonView(null)).to.equal(null)
  })

  it('has its hint in events too, as their data or beside them', () => {
    const data = { ...because, unready }
    expect(eventView({ ...event, kind: 'reverting', data }).data).to.deep.equal({ ...because, hint })
    const ended = { outcome: 'rolled-back', reason: data } as const
    expect(eventView({ ...event, kind: 'release-ended', data: ended }).data).to.deep.equal({
      outcome: 'rolled-back',
      reason: { ...because, hint },
    })
  })

  it("does not change the data of other events, because people's reasons are text", () => {
    const asked = { ...event, kind: 'requested', data: { request: 'abort', reason: 'unready' } } as const
    expect(eventView(asked)).to.deep.equal(asked)
  })
})
