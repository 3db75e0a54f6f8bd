import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { z } from 'zod'
import * as wire from '../../../adapters/local-runtime/protocol.ts'

/** Each protocol by its number: the digest of its forms. A number whose runtime was ever started keeps its row. */
const forms: Readonly<Record<number, string>> = { 1: '59af3f9a1d1cb3b5' }

/** Every schema of the protocol as it is on the wire. Refinements are no part of it. */
function formsNow(): string {
  const written = Object.entries<unknown>(wire)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, schema]) =>
      schema instanceof z.ZodType
        ? [[name, ...(['input', 'output'] as const).map((io) => z.toJSONSchema(schema, { io, unrepresentable: 'any' }))]]
        : [],
    )
  return createHash('sha256').update(JSON.stringify(written)).digest('hex').slice(0, 16)
}

describe("the local runtime's protocol", () => {
  it('has a number of its own for each form, so that a runtime of another form is never asked', () => {
    expect(
      forms[wire.runtimeProtocol],
      `the forms are ${formsNow()}: where they changed, raise runtimeProtocol and add its row here`,
    ).to.equal(formsNow())
  })

  it('has the number in the path of each call', () => {
    expect(wire.pathOf('/weights')).to.equal(`/protocol-${wire.runtimeProtocol}/weights`)
  })
})
