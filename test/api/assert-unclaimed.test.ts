import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { ServiceRow } from '../../adapters/postgres/services/services.ts'
import { assertUnclaimed } from '../../api/assert-unclaimed.ts'
import type { Service } from '../../domain/plan/service.ts'

const declaration = { name: 'shop', environments: [{ name: 'production', traffic: {} }] } as unknown as Service
/** As many services as there are, a full page at a time. */
const endless = { declaration: { ...declaration, name: 'other', environments: [] } } as unknown as ServiceRow

describe('the search for another owner of a port', () => {
  it('ends after the page at which its caller has left', async () => {
    const caller = new AbortController()
    let pages = 0
    const list = async ({ limit }: { readonly limit: number }) => {
      pages += 1
      if (pages === 3) caller.abort()
      return { items: Array.from({ length: limit }, () => endless), nextCursor: 'more' }
    }
    const dependencies = { services: { list }, claimsOf: () => ({ port: '8080' }), heldClaims: async () => ({}) }
    const ended = await assertUnclaimed(declaration, dependencies as never, caller.signal).catch((error: unknown) => error)
    expect(ended).to.equal(caller.signal.reason)
    expect(pages).to.equal(3)
  })
})
