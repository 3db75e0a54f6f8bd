import { expect } from 'chai'
import { describe, it } from 'mocha'
import { KeyList } from '../../schema/keys.ts'
import { startApi } from '../stack/api.ts'

describe('API keys', () => {
  it('are minted for no more than the caller may, told once, and listed without the key', async () => {
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

  it('end at once when revoked, and with them the sessions and links that they opened', async () => {
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

  it('are refused with the place of the fault: unknown scopes with the nearest, no scope, an owner or a time that cannot be', async () => {
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
