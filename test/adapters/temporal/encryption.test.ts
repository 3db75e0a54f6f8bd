import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { encryptionCodec } from '../../../adapters/temporal/encryption.ts'
import { createPayloads } from '../../../adapters/temporal/payloads.ts'

const keyOf = (id: string) => ({ id, key: randomBytes(32) })
const payloadOf = (data: Uint8Array) => ({ metadata: { encoding: Buffer.from('json/plain') }, data })
const text = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('latin1')

describe('the payload codec that encrypts', () => {
  it('restores every payload, and shows neither its content nor that two payloads are equal', async () => {
    const codec = encryptionCodec([keyOf('a')])
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 16, maxLength: 500 }), async (data) => {
        const [one, two] = await codec.encode([payloadOf(data), payloadOf(data)])
        expect(text(one?.data)).to.not.include(text(data)).and.not.equal(text(two?.data))
        const [back] = await codec.decode([one ?? {}])
        expect([text(back?.data), text(back?.metadata?.['encoding'])]).to.deep.equal([text(data), 'json/plain'])
      }),
      { numRuns: 200, seed: 8 },
    )
  })

  it('rotates keys by id: the first encrypts, old ones still decrypt, and an error names a removed one', async () => {
    const [old, now] = [keyOf('2026-01'), keyOf('2026-02')]
    const [before] = await encryptionCodec([old]).encode([payloadOf(Buffer.from('kept'))])
    const rotated = encryptionCodec([now, old])
    const [after] = await rotated.encode([payloadOf(Buffer.from('new'))])
    expect(text(after?.metadata?.['encryption-key-id'])).to.equal('2026-02')
    const both = await rotated.decode([before ?? {}, after ?? {}])
    expect(both.map(({ data }) => text(data))).to.deep.equal(['kept', 'new'])
    const failure = await encryptionCodec([now])
      .decode([before ?? {}])
      .catch((error: unknown) => error)
    expect(failure).to.include({ code: 'payload-unreadable' }).and.have.property('message').that.includes("'2026-01'")
  })

  it("refuses every changed byte, and a payload with another key's id", async () => {
    const [a, b] = [keyOf('a'), keyOf('b')]
    const codec = encryptionCodec([a, { id: 'b', key: a.key }, b])
    const [good] = await codec.encode([payloadOf(Buffer.from('0123456789abcdef'))])
    const data = Buffer.from(good?.data ?? [])
    const changed = [...data.keys()].map((at) => ({
      ...good,
      data: Buffer.from(data.map((byte, i) => (i === at ? byte ^ 1 : byte))),
    }))
    const renamed = { ...good, metadata: { ...good?.metadata, 'encryption-key-id': Buffer.from('b') } }
    for (const payload of [...changed, renamed, { ...good, data: data.subarray(0, 5) }]) {
      const failure = await codec.decode([payload]).catch((error: unknown) => error)
      expect(failure).to.include({ code: 'payload-unreadable' })
    }
  })

  it("serves Temporal's Web UI: base64 in, base64 out, in order, with plain payloads unchanged", async () => {
    const key = keyOf('a')
    const [sealed] = await encryptionCodec([key]).encode([payloadOf(Buffer.from('{"version":"1.2.3"}'))])
    const web = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('base64')
    const asked = [
      { metadata: { encoding: web(Buffer.from('json/plain')) }, data: web(Buffer.from('"plain"')) },
      {
        metadata: Object.fromEntries(Object.entries(sealed?.metadata ?? {}).map(([name, value]) => [name, web(value)])),
        data: web(sealed?.data),
      },
    ]
    const answered = await createPayloads([key]).decode(asked)
    expect(answered.map(({ data = '' }) => Buffer.from(data, 'base64').toString())).to.deep.equal([
      '"plain"',
      '{"version":"1.2.3"}',
    ])
    expect(await createPayloads([]).decode(asked)).to.deep.equal(asked)
  })
})
