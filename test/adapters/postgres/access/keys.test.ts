import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createKey, createKeys, pepperOf } from '../../../../adapters/postgres/access/keys.ts'
import { createDatabase } from '../../../../adapters/postgres/database/database.ts'
import { testDatabase } from '../../../stack/postgres.ts'

const ann = { kind: 'person', id: 'ann' } as const
const pepper = pepperOf('pepper of this test')

async function openKeys() {
  const db = createDatabase({ url: await testDatabase(), applicationName: 'test' })
  return { db, keys: createKeys(db, pepper), [Symbol.asyncDispose]: () => db.close() }
}

describe('an API key', () => {
  it('contains its id and 256 random bits, and a typing error in it differs from a wrong key', async () => {
    await using opened = await openKeys()
    const key = await createKey(opened.db, pepper, ann, ['*'])
    expect(key).to.match(/^holdfast_[0-9a-f]{12}_[0-9a-f]{64}[0-9a-f]{8}$/)
    expect(await opened.keys.verify(key)).to.deep.equal({ actor: ann, scopes: ['*'], keyId: key.split('_')[1] })
    for (let at = 9; at < key.length; at += 7) {
      const wrong = `${key.slice(0, at)}${key[at] === '0' ? '1' : '0'}${key.slice(at + 1)}`
      expect(await opened.keys.verify(wrong), wrong).to.equal(null)
    }
  })

  it('is stored as a digest that is useless without the pepper', async () => {
    await using opened = await openKeys()
    const key = await createKey(opened.db, pepper, ann, ['*'])
    const rows = JSON.stringify(await opened.db.query('select * from api_key'))
    expect(rows).to.not.include(key.slice(22))
    expect(await createKeys(opened.db, pepperOf('another pepper')).verify(key)).to.equal(null)
  })

  it('stays valid when a new pepper is added, and the old pepper does not verify new keys', async () => {
    await using opened = await openKeys()
    const old = await createKey(opened.db, pepper, ann, ['*'])
    const rotated = { version: 2, secrets: { ...pepper.secrets, 2: 'the next pepper' } }
    const young = await createKey(opened.db, rotated, ann, ['*'])
    const keys = createKeys(opened.db, rotated)
    expect(await keys.verify(old)).to.not.equal(null)
    expect(await keys.verify(young)).to.not.equal(null)
    expect(await opened.keys.verify(young)).to.equal(null)
  })

  it('is valid for 90 days, or until it is revoked', async () => {
    await using opened = await openKeys()
    const { db, keys } = opened
    const key = await createKey(db, pepper, ann, ['*'])
    const [row] = await db.query<{ days: number }>('select extract(day from expires_at - created_at)::int as days from api_key')
    expect(row?.days).to.equal(90)
    await db.query('update api_key set revoked_at = now()')
    expect(await keys.verify(key)).to.equal(null)
    await db.query('update api_key set revoked_at = null, expires_at = now()')
    expect(await keys.verify(key)).to.equal(null)
  })
})
