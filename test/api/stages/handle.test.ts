import { expect } from 'chai'
import { describe, it } from 'mocha'
import { z } from 'zod'
import type { ApiContext } from '../../../api/middleware/state.ts'
import { routes } from '../../../api/registry.ts'
import type { RequestContext, HandlerDependencies, Need } from '../../../api/route.ts'
import { ok, route } from '../../../api/route.ts'
import { createHandle } from '../../../api/stages/handle.ts'
import { verbOf } from '../../../schema/verbs.ts'

const request = {} as RequestContext<unknown, unknown>
const ctx = {} as ApiContext
const needs = [...new Set(routes.flatMap((row) => row.needs))]
/** Named stand-ins, so that the test can tell them apart. */
const dependencies = Object.fromEntries(needs.map((need) => [need, { need }])) as unknown as HandlerDependencies

describe('the stage `handle`', () => {
  it('gives every handler the dependencies that its route names, and nothing else', async () => {
    for (const row of routes) {
      let given: unknown
      const spied = { ...row, handle: async (_: unknown, all: unknown) => ok((given = all)) }
      await createHandle(spied, dependencies)(ctx, request, { kind: 'unclaimed' })
      const expected = Object.fromEntries(row.needs.map((need) => [need, { need }]))
      expect(given, `${row.verb.method} ${row.verb.path}`).to.deep.equal(expected)
      expect(row.needs, `${row.verb.method} ${row.verb.path}`).to.have.lengthOf(new Set(row.needs).size)
    }
  })

  it('answers a repeat with the stored answer, and calls no handler', async () => {
    const answer = ok({ id: 'shop-1' })
    const spied = { ...routeNaming([]), handle: () => expect.fail('handled twice') }
    expect(await createHandle(spied, dependencies)(ctx, request, { kind: 'answered', answer })).to.equal(answer)
  })

  it('makes the compiler refuse a handler that uses a dependency which its route does not name', () => {
    const row = route({
      verb: verbOf('service', 'list'),
      answers: { 200: z.unknown() },
      needs: ['services'],
      // @ts-expect-error the route does not name `keys`
      handle: async (_, { services, keys }) => ok([services, keys]),
    })
    expect(row.needs).to.deep.equal(['services'])
  })
})

const routeNaming = (names: readonly Need[]) =>
  route({ verb: verbOf('service', 'list'), answers: { 200: z.unknown() }, needs: names, handle: async () => ok(null) })
