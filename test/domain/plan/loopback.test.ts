import { expect } from 'chai'
import { describe, it } from 'mocha'
import { isLoopback } from '../../../domain/plan/loopback.ts'

describe('a host is this machine', () => {
  for (const host of ['localhost', 'shop.localhost', '[::1]', '127.0.0.1', '127.255.10.254'])
    it(`as ${host}`, () => {
      expect(isLoopback(host)).to.equal(true)
    })

  // What a token would be sent to over plain http, if one of these were taken for it.
  const others = [
    'example.com',
    'localhost.example.com',
    'mylocalhost',
    '.localhost.com',
    '[::2]',
    '10.127.0.0.1',
    '127.0.0.1.example.com',
  ]
  for (const host of [...others, '127.0.0.x', '127.x.0.1', '127.0.x.1', '128.0.0.1', ''])
    it(`but not as '${host}'`, () => {
      expect(isLoopback(host)).to.equal(false)
    })
})
