/** The table of RFC 9110 and RFC 9112, over real sockets on both sides. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { sessionCookie as consoles } from '../../../api/stages/authenticate.ts'
import { sessionCookie } from '../../../local-runtime/proxy/headers.ts'
import { ok, rows } from './conformance.ts'
import type { Row } from './conformance.ts'
import { startRawBackend } from './raw-backend.ts'
import { createStand, raw, until } from './stand.ts'

async function hold({ send, backend: answers = {}, closes, comes, comesNot, seen, seenNot, counts }: Row): Promise<void> {
  await using stand = await createStand()
  await using backend = await startRawBackend((path) => answers[path] ?? answers['default'] ?? ok, closes ?? false)
  stand.route([{ revision: 'a', weight: 100, backends: [backend] }])
  const got = await raw(stand.proxy.port, send)
  expect(got).to.match(comes)
  if (comesNot) expect(got).to.not.match(comesNot)
  if (seen) await until(() => seen.test(backend.got())).catch(() => expect(backend.got()).to.match(seen))
  if (seen === null) expect(backend.got()).to.equal('')
  if (seenNot) expect(backend.got()).to.not.match(seenNot)
  const { requests = 0, errors = 0 } = stand.proxy.counters(Date.now())[0] ?? {}
  expect([requests, errors]).to.deep.equal(counts)
  expect(stand.proxy.ledger().faults).to.deep.equal({ client: 0, backend: 0, proxy: 0 })
}

describe('HTTP, section by section', () => {
  for (const row of rows) it(`${row.section}: ${row.requirement}`, () => hold(row))

  it('knows the session of the console by the name that the console gives it', () => {
    expect(sessionCookie).to.equal(consoles)
  })
})
