import { expect } from 'chai'
import { describe, it } from 'mocha'
import { appendEvents } from '../../../../adapters/postgres/events/events.ts'
import { canonicalBytes } from '../../../../domain/digest.ts'
import { openShop } from '../../../stack/shop.ts'

describe('an event', () => {
  it('is stored as canonical bytes with its actor, whatever the order of its members', async () => {
    await using shop = await openShop()
    await shop.release('1.0.0')
    const { db } = shop.api
    const data = { weight: 10, verdict: 'fail', detail: 'ü' } as const
    const where = { workflowId: 'w', token: 1, environment: 'production', step: 2 }
    const actor = { kind: 'person', id: 'ann' } as const
    const at = new Date('2026-11-26T12:00:00Z')
    await db.transaction((tx) =>
      appendEvents(tx, { kind: 'release', id: shop.id(1) }, [{ data, where, actor, kind: 'verdict', key: 'k', at }]),
    )
    const [row] = await db.query<{ seq: number; body: Buffer }>(`select seq, body from event where key = 'k'`)
    const subject = { subject: shop.id(1), subjectKind: 'release' }
    const event = { ...subject, seq: row?.seq, kind: 'verdict', at: at.toISOString(), actor, where, data }
    expect(row?.body.equals(canonicalBytes(event)), row?.body.toString()).to.equal(true)
    expect(row?.body.toString()).to.match(/^\{"actor":\{"id":"ann","kind":"person"\},"at":/)
  })
})
