import { expect } from 'chai'
import { describe, it } from 'mocha'
import { operationOf, problemsOf } from '../../schema/operations.ts'
import type { Verb } from '../../schema/verb.ts'
import { costOf, verbOf, verbs } from '../../schema/verbs.ts'

const none = { key: false, stream: false }
const show: Verb = { ...verbOf('service', 'show'), path: '/v1/services/{service}', method: 'GET', cost: 'read' }
const probe: Verb = { ...verbOf('health', 'show'), path: '/livez' }

describe('the problems of an operation', () => {
  const always = ['wrong-origin', 'internal']
  const charged = ['rate-limited', 'database-unavailable']
  const credential = ['not-authenticated', 'not-allowed']
  const body = ['malformed-body', 'body-too-large', 'unsupported-media-type']
  const own = operationOf(show).problems ?? []
  const rows: readonly (readonly [what: string, verb: Verb, takes: typeof none, codes: readonly string[]])[] = [
    ['a probe', probe, none, always],
    ['a read', show, none, [...always, ...charged, ...credential, 'invalid-input', ...own]],
    ['a free read', { ...show, cost: 'free' }, none, [...always, ...credential, 'invalid-input', ...own]],
    ['a public read', { ...show, action: 'public' }, none, [...always, ...charged, 'invalid-input', ...own]],
    ['a POST', { ...show, method: 'POST' }, none, [...always, ...charged, ...credential, 'invalid-input', ...body, ...own]],
    ['a PUT', { ...show, method: 'PUT' }, none, [...always, ...charged, ...credential, 'invalid-input', ...body, ...own]],
    ['a DELETE', { ...show, method: 'DELETE' }, none, [...always, ...charged, ...credential, 'invalid-input', ...own]],
    [
      'a stream with a key',
      show,
      { key: true, stream: true },
      [
        ...always,
        ...charged,
        ...credential,
        'invalid-input',
        'idempotency-key-reused',
        'request-in-flight',
        'too-many-streams',
        ...own,
      ],
    ],
  ]
  for (const [what, verb, takes, codes] of rows)
    it(`are, for ${what}, those of its kind and its own`, () =>
      expect(problemsOf(verb, takes)).to.deep.equal([...new Set(codes)]))
})

describe('the operation of a request to a release or a rollback', () => {
  it('has the sentence of the request, an example, and the refusals of its phase and of a missing worker', () => {
    for (const noun of ['release', 'rollback']) {
      const [abort, extend, pause] = ['abort', 'extend', 'pause'].map((verb) => operationOf(verbOf(noun, verb)))
      expect(abort?.problems).to.deep.equal(['not-found', 'wrong-phase'])
      expect(extend?.problems).to.deep.equal(['not-found', 'wrong-phase', 'no-worker', 'temporal-unavailable'])
      expect([abort, extend, pause].map((one) => one?.body)).to.deep.equal([
        { reason: 'seen enough' },
        { reason: 'too few requests at night', by: '10m' },
        { reason: 'seen enough' },
      ])
      expect(pause?.answers?.[202]).to.deep.include({ kind: 'release', request: 'pause', state: 'progressing', phase: 'baking' })
      expect(abort?.description).to.match(/^The rollout is reverted: .* It does not wait until the request is carried out\.$/)
    }
  })

  it('is there for every verb, and is missed at once for one without', () => {
    for (const verb of verbs.filter(({ fixedQuery }) => fixedQuery === undefined))
      expect(operationOf(verb).description.length, `${verb.noun} ${verb.verb}`).to.be.above(20)
    const { requestKind: _, ...plain } = verbOf('release', 'abort')
    expect(() => operationOf({ ...plain, verb: 'none' })).to.throw("the operation 'release none' has no description")
    expect(() => verbOf('release', 'none')).to.throw("there is no verb 'release none'")
    expect(() => verbOf('none', 'abort')).to.throw("there is no verb 'none abort'")
  })
})

describe('the cost of a request', () => {
  it('is that of the verb which its query makes it', () => {
    const fixed = verbs.filter(({ fixedQuery }) => fixedQuery !== undefined)
    expect(fixed.length).to.be.above(0)
    for (const { method, path, fixedQuery = {}, cost } of fixed) {
      const base = verbs.find((row) => row.method === method && row.path === path && row.fixedQuery === undefined)
      if (!base) return expect.fail(`no verb at ${path}`)
      expect(base.cost, path).to.not.equal(cost)
      expect(costOf(base, fixedQuery)).to.equal(cost)
      expect(costOf(base, { ...fixedQuery, other: '1' })).to.equal(cost)
      expect([costOf(base, {}), costOf(base, { ...fixedQuery, [Object.keys(fixedQuery)[0] ?? '']: 'x' })]).to.deep.equal([
        base.cost,
        base.cost,
      ])
      expect(costOf({ ...base, path: '/v1/other' }, fixedQuery)).to.equal(base.cost)
      expect(costOf({ ...base, method: 'DELETE' }, fixedQuery)).to.equal(base.cost)
    }
  })
})
