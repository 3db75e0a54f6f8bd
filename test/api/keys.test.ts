import { expect } from 'chai'
import { describe, it } from 'mocha'
import { KeyList } from '../../schema/keys.ts'
import { startApi } from '../stack/api.ts'
import { until } from '../stack/until.ts'

describe('API keys', () => {
  it('are created with no more rights than the caller has, shown once, and listed without the key', async () => {
    await using api = await startApi()
    const made = await api.ask('POST', '/v1/keys', { body: { scopes: ['service:read', 'key:*'], expires: '1h', owner: 'ci' } })
    expect(made.status).to.equal(201)
    const key = made.member('key')
    expect(key).to.include(made.member('id'))
    const hours = (Date.parse(made.member('expiresAt')) - Date.parse(made.member('createdAt'))) / 3_600_000
    expect(hours).to.be.closeTo(1, 0.001)
    expect((await api.ask('GET', '/v1/services', { key })).status).to.equal(200)
    const refused = await api.ask('GET', '/v1/releases', { key })
    expect(refused.status).to.equal(403)
    expect(refused.member('hint')).to.include('holdfast key create --scope release:read')

    const narrower = await api.ask('POST', '/v1/keys', { key, body: { scopes: ['key:read'] } })
    expect([narrower.status, narrower.json['owner']]).to.deep.equal([201, { kind: 'machine', id: 'ci' }])
    for (const scopes of [['*'], ['release:start'], ['service:*'], ['key:read', 'service:apply']]) {
      const wider = await api.ask('POST', '/v1/keys', { key, body: { scopes } })
      expect([wider.status, wider.member('code')], scopes.join()).to.deep.equal([403, 'not-allowed'])
    }

    const listed = await api.ask('GET', '/v1/keys?limit=2')
    const { items, nextCursor } = KeyList.parse(listed.json)
    const rest = KeyList.parse((await api.ask('GET', `/v1/keys?cursor=${nextCursor}`)).json)
    expect([...items, ...rest.items].map(({ scopes }) => scopes.join())).to.deep.equal(['key:read', 'service:read,key:*', '*'])
    for (const cursor of ['abc def', '1 ', '99999999999999999999 aaaaaaaaaaaa', '1 x']) {
      const foreign = await api.ask('GET', `/v1/keys?cursor=${Buffer.from(cursor).toString('base64url')}`)
      expect(foreign.status, cursor).to.equal(422)
    }
    expect(listed.text).to.not.include(key.slice(-72))
    expect(JSON.stringify(await api.db.query('select * from api_key'))).to.not.include(key.slice(-72))
    expect(api.output()).to.not.include(key.slice(-72))
  })

  it('end at once when revoked, together with the sessions and links that they opened', async () => {
    await using api = await startApi()
    const made = await api.ask('POST', '/v1/keys', { body: { scopes: ['service:read', 'console:link'] } })
    const key = made.member('key')
    const code = async () => (await api.ask('POST', '/v1/console/links', { body: {}, key })).member('url').split('#code=')[1]
    const open = (body: object) => api.ask('POST', '/v1/console/sessions', { body, key: null })
    const session = await open({ code: await code() })
    const headers = { cookie: (session.headers.get('set-cookie') ?? '').split(';')[0] ?? '' }
    expect((await api.ask('GET', '/v1/services', { key: null, headers })).status).to.equal(200)
    const unused = await code()

    expect((await api.ask('DELETE', `/v1/keys/${made.member('id')}`)).status).to.equal(204)
    expect((await api.ask('DELETE', `/v1/keys/${made.member('id')}`)).status, 'again is fine').to.equal(204)
    expect((await api.ask('GET', '/v1/services', { key })).status).to.equal(401)
    expect((await api.ask('GET', '/v1/services', { key: null, headers })).status).to.equal(401)
    expect((await open({ code: unused })).status).to.equal(401)
    const states = KeyList.parse((await api.ask('GET', '/v1/keys')).json).items.map(({ isLive }) => isLive)
    expect(states).to.deep.equal([false, true])
    expect((await api.ask('DELETE', '/v1/keys/nobody')).status).to.equal(404)
  })

  it('show when they or their console sessions were last used, with one write a minute', async () => {
    await using api = await startApi()
    const made = await api.ask('POST', '/v1/keys', { body: { scopes: ['service:read', 'console:link'] } })
    const key = made.member('key')
    const listed = async () =>
      KeyList.parse((await api.ask('GET', '/v1/keys')).json).items.find(({ id }) => id === made.member('id')) ??
      expect.fail('it is listed')
    const used = (what: string) => until(what, async () => (await listed()).lastUsedAt ?? undefined)
    expect(await listed()).to.deep.include({ lastUsedAt: null, sessions: { open: 0, lastUsedAt: null } })
    expect((await api.ask('GET', '/v1/services', { key: `${key.slice(0, -1)}x` })).status).to.equal(401)
    expect((await listed()).lastUsedAt, 'a key that is none leaves no trace').to.equal(null)

    const code = (await api.ask('POST', '/v1/console/links', { body: {}, key })).member('url').split('#code=')[1]
    const first = await used('its first use')
    expect(Date.now() - Date.parse(first)).to.be.within(-1_000, 30_000)
    await Promise.all(Array.from({ length: 40 }, () => api.ask('GET', '/v1/services', { key })))
    expect((await listed()).lastUsedAt, 'within the minute nothing is written').to.equal(first)

    const session = await api.ask('POST', '/v1/console/sessions', { body: { code }, key: null })
    const headers = { cookie: (session.headers.get('set-cookie') ?? '').split(';')[0] ?? '' }
    const ago = "now() - interval '61 seconds'"
    await api.db.query(`update api_key set last_used_at = ${ago}`)
    const old = (await listed()).lastUsedAt
    expect((await api.ask('GET', '/v1/services', { key: null, headers })).status).to.equal(200)
    await until('the use of the session', async () => (await listed()).sessions.lastUsedAt ?? undefined)
    const { lastUsedAt, sessions } = await listed()
    expect(sessions.open).to.equal(1)
    expect(Date.parse(lastUsedAt ?? '') - Date.parse(old ?? ''), 'its key was used with it').to.be.above(60_000)
    await api.ask('DELETE', `/v1/keys/${made.member('id')}`)
    expect((await listed()).sessions.open, 'a session ends with its key').to.equal(0)
  })

  it('work even when their last use cannot be written', async () => {
    await using api = await startApi()
    await api.db.query(
      `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'disk full'; end $$`,
    )
    await api.db.query('create trigger full_disk before update on api_key for each row execute function refuse()')
    for (let i = 0; i < 3; i += 1) expect((await api.ask('GET', '/v1/services')).status).to.equal(200)
  })

  it('are refused with a pointer to the fault: an unknown scope with the nearest known one, no scope, a wrong owner or time', async () => {
    await using api = await startApi()
    const faults = [
      { body: { scopes: ['release:strat'] }, at: '/scopes/0', words: "is it 'release:start'?" },
      { body: { scopes: ['public'] }, at: '/scopes/0', words: 'there is no such action' },
      { body: { scopes: [] }, at: '/scopes', words: '' },
      { body: { scopes: ['*'], expires: '1s' }, at: '/expires', words: 'from 1m to 366d' },
      { body: { scopes: ['*'], expires: '9999d' }, at: '/expires', words: 'from 1m to 366d' },
      { body: { scopes: ['*'], owner: 'Ann\n' }, at: '/owner', words: 'a name is' },
    ]
    for (const { body, at, words } of faults) {
      const answer = await api.ask('POST', '/v1/keys', { body })
      expect(answer.status, answer.text).to.equal(422)
      expect(answer.text).to.include(`"${at}"`).and.include(words)
    }
  })
})
