import { expect } from 'chai'
import { describe, it } from 'mocha'
import { answerClaim, createIdempotency } from '../../../../adapters/postgres/access/idempotency.ts'
import { openQueue } from '../../../stack/queue.ts'

const use = { actor: 'ann', route: 'POST /v1/services/shop/releases', key: 'k', bodyDigest: 'sha256:1' }

describe('a claim of an idempotency key', function () {
  this.timeout(60_000)

  it('that another request took over cannot answer, have effects or be released', async () => {
    await using queue = await openQueue()
    const idempotency = createIdempotency(queue.db)
    const claim = async () => {
      const claimed = await idempotency.claim(use)
      if (claimed.kind !== 'claimed') throw new Error(`the key is ${claimed.kind}`)
      return claimed.claim
    }
    const claimed = await claim()
    await queue.db.query(`update idempotency set created_at = now() - interval '11 seconds'`)
    // Date the claim back, as if its request had begun that long ago.
    const [row] = await queue.db.query<{ token: string }>('select created_at::text as token from idempotency')
    const late = { ...claimed, token: row?.token ?? '' }
    const next = await claim()
    const effect = queue.db.transaction(async (tx) => {
      await tx.query(`insert into service (name, declaration, declaration_digest) values ('late', '{}', '')`)
      await answerClaim(tx, late, { status: 202, location: '/late', body: {} })
    })
    expect(await effect.catch((error: { code?: string }) => error.code)).to.equal('request-in-flight')
    expect(await queue.db.query(`select 1 from service where name = 'late'`)).to.deep.equal([])
    await idempotency.release(late)
    await idempotency.answer(late, { status: 500, location: null, answer: Buffer.from('late') })
    await idempotency.answer(next, { status: 202, location: '/next', answer: Buffer.from('next') })
    // A stored answer stays, also after a release.
    await idempotency.release(next)
    const answered = { kind: 'answered', status: 202, location: '/next', answer: Buffer.from('next') }
    expect(await idempotency.claim(use)).to.deep.equal(answered)
  })

  it('whose answer is a day old can be claimed anew by any request, even before the sweeper deletes it', async () => {
    await using queue = await openQueue()
    const idempotency = createIdempotency(queue.db)
    const first = await idempotency.claim(use)
    if (first.kind !== 'claimed') throw new Error(`the key is ${first.kind}`)
    await idempotency.answer(first.claim, { status: 202, location: '/first', answer: Buffer.from('first') })
    await queue.db.query(`update idempotency set created_at = now() - interval '24 hours 1 second'`)
    const anew = await idempotency.claim({ ...use, bodyDigest: 'sha256:2' })
    if (anew.kind !== 'claimed') throw new Error(`the key is ${anew.kind}`)
    const stored = { status: 201, location: '/anew', answer: Buffer.from('anew') }
    await idempotency.answer(anew.claim, stored)
    expect(await idempotency.claim({ ...use, bodyDigest: 'sha256:2' })).to.deep.equal({ kind: 'answered', ...stored })
  })
})
