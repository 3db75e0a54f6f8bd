/**
 * The console's tests show pages of recorded answers. Each must be an answer that the API can give, or the test shows a page that never
 * occurs.
 */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { routes } from '../../api/registry.ts'
import { Event } from '../../schema/events.ts'
import type { Recorded } from './recorded-api.ts'
import { recordings } from './recordings.ts'
import { pageStates } from './states.ts'

const shapes = routes.map(({ verb, answers }) => ({
  answers,
  method: verb.method,
  path: new RegExp(`^${verb.path.replaceAll(/\{[a-z]+\}/gi, '[^/]+')}$`),
}))

/** The faults of a recording according to its schema. Recorded refusals have none. */
function faultsOf(request: string, { status = 200, body, isStream }: Recorded): string[] {
  if (status >= 400) return []
  const [method, path = ''] = request.split(' ')
  const shape = shapes.find((one) => one.method === method && one.path.test(path))
  const schema = isStream ? Event.array() : shape?.answers[status]
  if (!schema) return [`${request} ${status}: no answer of the API`]
  const issues = schema.safeParse(JSON.parse(JSON.stringify(body))).error?.issues ?? []
  return issues.slice(0, 3).map((issue) => `${request}: ${issue.path.join('.')}: ${issue.message}`)
}

describe('the recorded answers that pages are tested with', () => {
  for (const [name, answers] of [
    ['all pages', recordings],
    ...Object.entries(pageStates).map(([state, { answers: own }]) => [state, own] as const),
  ] as const)
    it(`are answers that the API can give: ${name}`, () => {
      const faults = Object.entries(answers).flatMap(([request, recorded]) => (recorded ? faultsOf(request, recorded) : []))
      expect(faults).to.deep.equal([])
    })
})
