import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { startApi } from '../stack/api.ts'

describe('the sign-in to the console', () => {
  it('is a link that works once, for a cookie that scripts cannot read', async () => {
    await using api = await startApi()
    const { member } = await api.ask('POST', '/v1/console/links', { body: {} })
    const url = new URL(member('url'))
    expect(url.search).to.equal('')
    const body = { code: url.hash.slice('#code='.length) }
    const session = await api.ask('POST', '/v1/console/sessions', { body, key: null })
    expect(session.status).to.equal(200)
    const cookie = session.headers.get('set-cookie') ?? ''
    expect(cookie).to.match(/; HttpOnly; SameSite=Strict; Path=\/v1; Max-Age=43(199|200)$/)
    expect((await api.ask('POST', '/v1/console/sessions', { body, key: null })).status).to.equal(401)
    const headers = { cookie: cookie.split(';')[0] ?? '' }
    expect((await api.ask('GET', '/v1/services', { key: null, headers })).status).to.equal(200)
    expect((await api.ask('GET', '/v1/services', { key: 'holdfast_wrong', headers })).status).to.equal(401)
    await api.db.query(`update console_session set expires_at = now() - interval '1 second'`)
    expect((await api.ask('GET', '/v1/services', { key: null, headers })).status).to.equal(401)
  })

  it('refuses a link that is older than five minutes, and grants only the rights of its maker', async () => {
    await using api = await startApi()
    const key = await api.keyFor(['console:link', 'service:read'])
    const mint = async () => (await api.ask('POST', '/v1/console/links', { body: {}, key })).member('url').split('#code=')[1]
    const open = (code: string | undefined) => api.ask('POST', '/v1/console/sessions', { body: { code }, key: null })
    const late = await mint()
    await api.db.query(`update console_link set expires_at = expires_at - interval '5 minutes'`)
    expect((await open(late)).status).to.equal(401)
    const headers = { cookie: ((await open(await mint())).headers.get('set-cookie') ?? '').split(';')[0] ?? '' }
    expect((await api.ask('GET', '/v1/services', { key: null, headers })).status).to.equal(200)
    expect((await api.ask('GET', '/v1/releases', { key: null, headers })).status).to.equal(403)
  })

  it('serves only files of its folder, under a policy that allows nothing inline', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hf-console-'))
    mkdirSync(join(folder, 'dist/assets'), { recursive: true })
    writeFileSync(join(folder, 'dist/index.html'), '<!doctype html>hello')
    writeFileSync(join(folder, 'dist/assets/a1.js'), '1')
    writeFileSync(join(folder, 'secret.txt'), 'hidden words')
    symlinkSync(join(folder, 'secret.txt'), join(folder, 'dist/link.txt'))
    await using api = await startApi({ HOLDFAST_CONSOLE_FOLDER: join(folder, 'dist') })
    const page = await api.ask('GET', '/', { key: null })
    expect([page.status, page.text]).to.deep.equal([200, '<!doctype html>hello'])
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy).to.include("script-src 'self'").and.include("frame-ancestors 'none'").and.not.include('unsafe')
    expect((await api.ask('GET', '/assets/a1.js', { key: null })).headers.get('cache-control')).to.include('immutable')
    for (const path of ['/link.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt', '/assets/../../secret.txt'])
      expect((await api.ask('GET', path, { key: null })).text).to.not.include('hidden words')
    rmSync(folder, { recursive: true })
  })
})
