import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { encryptionCodec } from '../../adapters/temporal/encryption.ts'
import { startApi } from '../stack/api.ts'

const path = '/v1/payloads/decode'
const ui = 'http://127.0.0.1:8233'

describe('the codec server', () => {
  it("decrypts for callers with the permission, also for the page of Temporal's Web UI with the console's cookie", async () => {
    const key = randomBytes(32)
    await using api = await startApi({ HOLDFAST_PAYLOAD_KEYS: `k1:${key.toString('base64')}`, HOLDFAST_TEMPORAL_UI_URL: ui })
    const [sealed] = await encryptionCodec([{ id: 'k1', key }]).encode([
      { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('"for people"') },
    ])
    const metadata = Object.fromEntries(
      Object.entries(sealed?.metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
    )
    const body = { payloads: [{ metadata, data: Buffer.from(sealed?.data ?? []).toString('base64') }] }

    const link = (await api.ask('POST', '/v1/console/links', { body: {} })).member('url')
    const session = await api.ask('POST', '/v1/console/sessions', { body: { code: link.split('#code=')[1] }, key: null })
    const cookie = (session.headers.get('set-cookie') ?? '').split(';')[0] ?? ''

    const preflight = await api.ask('OPTIONS', path, {
      key: null,
      headers: {
        origin: ui,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-namespace',
      },
    })
    expect(preflight.status).to.equal(204)
    expect(preflight.headers.get('access-control-allow-origin')).to.equal(ui)

    const asked = await api.ask('POST', path, { body, key: null, headers: { cookie, origin: ui, 'x-namespace': 'default' } })
    expect(asked.status).to.equal(200)
    const [first] = asked.json['payloads'] as unknown as { data: string }[]
    expect(Buffer.from(first?.data ?? '', 'base64').toString()).to.equal('"for people"')
    expect(asked.headers.get('access-control-allow-origin')).to.equal(ui)
    expect(asked.headers.get('access-control-allow-credentials')).to.equal('true')

    const refused = [
      { status: 401, answer: await api.ask('POST', path, { body, key: null, headers: { origin: ui } }) },
      { status: 403, answer: await api.ask('POST', path, { body, key: await api.keyFor(['service:read']) }) },
      { status: 403, answer: await api.ask('POST', path, { body, headers: { origin: 'http://127.0.0.1:9999' } }) },
      { status: 403, answer: await api.ask('GET', '/v1/services', { headers: { origin: ui } }) },
      { status: 422, answer: await api.ask('POST', path, { body: { payloads: [{ metadata: {}, data: 'no base64!' }] } }) },
    ]
    for (const { status, answer } of refused) expect(answer.status, answer.text).to.equal(status)
    expect(refused.map(({ answer }) => answer.text).join()).to.not.include('for people')
    expect(api.output()).to.not.include('for people')
  })
})
