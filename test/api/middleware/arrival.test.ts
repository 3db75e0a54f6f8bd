import type { IncomingMessage } from 'node:http'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { trustedProxies } from '../../../adapters/trusted-proxies.ts'
import { arrivalOf } from '../../../api/middleware/arrival.ts'

const arrival = (peer: string, headers: Record<string, string>, trusted: string) =>
  arrivalOf(
    { socket: { remoteAddress: peer }, headers: { host: 'inner:7420', ...headers } } as unknown as IncomingMessage,
    trustedProxies.parse(trusted),
  )

const clients: readonly (readonly [why: string, peer: string, told: string, client: string])[] = [
  ['an untrusted peer that claims another address', '203.0.113.9', '10.0.0.1', '203.0.113.9'],
  ['an untrusted peer that names a proxy', '203.0.113.9', '8.8.8.8, 127.0.0.1', '203.0.113.9'],
  ['a proxy', '127.0.0.1', '203.0.113.7', '203.0.113.7'],
  ['a proxy as IPv6 writes it', '::ffff:127.0.0.1', '203.0.113.7', '203.0.113.7'],
  ['a client with earlier entries', '127.0.0.1', '6.6.6.6, 203.0.113.7', '203.0.113.7'],
  ['a client that names trusted ones before itself', '127.0.0.1', '6.6.6.6, 10.0.0.9, 203.0.113.7', '203.0.113.7'],
  ['a chain of proxies, one of a network', '127.0.0.1', '6.6.6.6, 203.0.113.7, 10.20.30.40, fd00::5', '203.0.113.7'],
  ['a chain with an untrusted address', '127.0.0.1', '203.0.113.7, 198.51.100.1, 10.0.0.9', '198.51.100.1'],
  ['proxies alone', '127.0.0.1', '10.0.0.8, 10.0.0.9', '10.0.0.8'],
  ['an entry that is no address', '127.0.0.1', '203.0.113.7, unknown, 10.0.0.9', '10.0.0.9'],
  ['an entry that tries to write into the log', '127.0.0.1', '"}\r\n{"client":"x', '127.0.0.1'],
  ['nothing', '127.0.0.1', '', '127.0.0.1'],
  ['ports', '127.0.0.1', '203.0.113.7:4711, [fd00::5]:80', '203.0.113.7'],
  ['an address without brackets', '127.0.0.1', '2001:db8::7', '2001:db8::7'],
]

describe('a forwarding header', () => {
  for (const [why, peer, told, client] of clients)
    it(`gives the client's address: ${why}`, () => {
      const { client: seen } = arrival(peer, { 'x-forwarded-for': told }, '127.0.0.1, 10.0.0.0/8, fd00::/8')
      expect(seen).to.equal(client)
    })

  it('is believed from a trusted peer only, and only its own entry, the last one', () => {
    const told = { 'x-forwarded-proto': 'http, HTTPS', 'x-forwarded-host': 'evil.example, holdfast.example' }
    expect(arrival('127.0.0.1', told, '127.0.0.1')).to.include({ protocol: 'https', host: 'holdfast.example' })
    expect(arrival('127.0.0.2', told, '127.0.0.1')).to.include({ protocol: 'http', host: 'inner:7420' })
    expect(arrival('127.0.0.1', told, '')).to.include({ protocol: 'http', host: 'inner:7420' })
    expect(arrival('127.0.0.1', { ...told, 'x-forwarded-proto': 'https, gopher' }, '127.0.0.1').protocol).to.equal('http')
    expect(arrival('127.0.0.1', { forwarded: 'host=evil.example;proto=https' }, '127.0.0.1')).to.include({
      protocol: 'http',
      host: 'inner:7420',
    })
  })

  it('is never trusted from all addresses: the setting refuses names, networks of all addresses and malformed ones', () => {
    for (const entry of ['proxy.example', '0.0.0.0/0', '::/0', '10.0.0.0/33', '10.0.0.0/08', '10.0.0', 'fd00::/129', '*'])
      expect(trustedProxies.safeParse(`127.0.0.1, ${entry}`).error?.issues[0]?.message, entry).to.include(entry)
  })
})
