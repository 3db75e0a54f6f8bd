import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createDatabase } from '../../adapters/postgres/database/database.ts'
import { insertSubject } from '../../adapters/postgres/events/events.ts'
import { createReleaseQueries } from '../../adapters/postgres/releases/release-queries.ts'
import { testDatabase } from '../stack/postgres.ts'
import { declaredBy, noSubject, withRemedy } from '../../api/remedies.ts'
import type { ProblemCode, ProblemOptions } from '../../domain/problem.ts'
import { Problem } from '../../domain/problem.ts'

const digest = `sha256:${'a'.repeat(64)}`

describe('a release or rollback that does not exist', () => {
  for (const [kind, id, hint] of [
    ['release', 'shop-9', "'holdfast release list' shows the existing ones"],
    ['rollback', 'rollback/shop/production/9', "'holdfast rollback list' shows the existing ones"],
    ['release', 'rollback/shop/production/9', "'holdfast release list' shows the existing ones"],
    ['release', 'of-a-rollback', "this is the id of a rollback: 'holdfast rollback' takes it"],
    ['rollback', 'of-a-release', "this is the id of a release: 'holdfast release' takes it"],
  ] as const)
    it(`is answered with where to look: ${id} as a ${kind}`, async () => {
      const db = createDatabase({ url: await testDatabase(), applicationName: 'test' })
      await using _ = { [Symbol.asyncDispose]: () => db.close() }
      await db.transaction(async (tx) => {
        await insertSubject(tx, { kind: 'rollback', id: 'of-a-rollback' })
        await insertSubject(tx, { kind: 'release', id: 'of-a-release' })
        await insertSubject(tx, { kind: 'backup', id: 'shop-9' })
      })
      const { code, message, hint: told } = await noSubject({ queries: createReleaseQueries(db) }, { kind, id })
      expect({ code, message, told }).to.deep.equal({ code: 'not-found', message: `there is no ${kind} ${id}`, told: hint })
    })
})

describe('the remedy that the API adds to a problem', () => {
  const rows: readonly (readonly [ProblemCode, ProblemOptions, { readonly hint: string | undefined; readonly more: unknown }])[] =
    [
      [
        'already-in-flight',
        { more: { inFlight: { kind: 'release', id: 'shop-1', phase: 'queued' } } },
        {
          hint: "wait for it, or 'holdfast release abort shop-1'",
          more: { inFlight: { kind: 'release', id: 'shop-1', phase: 'queued', self: '/v1/releases/shop-1' } },
        },
      ],
      ['already-in-flight', {}, { hint: undefined, more: {} }],
      [
        'already-in-flight',
        { hint: 'its own', more: { inFlight: { kind: 'release', id: 'a' } } },
        { hint: 'its own', more: { inFlight: { kind: 'release', id: 'a' } } },
      ],
      [
        'service-busy',
        { more: { inFlight: [{ kind: 'release', id: 'shop-1' }] } },
        { hint: "'--stop' reverts it first", more: { inFlight: [{ kind: 'release', id: 'shop-1' }] } },
      ],
      [
        'service-busy',
        { more: { running: ['production'] } },
        { hint: "'--stop' stops it first", more: { running: ['production'] } },
      ],
      ['no-earlier-version', {}, { hint: "'holdfast release list' shows what was released", more: {} }],
      // One id may belong to both kinds, so only the kind decides.
      ...(['release', 'rollback'] as const).map(
        (kind) =>
          [
            'no-earlier-version',
            { more: { inFlight: { kind, id: 'shop-2' } } },
            {
              hint: `'holdfast ${kind} abort shop-2' reverts the one in flight`,
              more: { inFlight: { kind, id: 'shop-2' } },
            },
          ] as const,
      ),
      [
        'no-earlier-version',
        { more: { inFlight: { id: 'rollback/shop/production/1' } } },
        {
          hint: "'holdfast release list' shows what was released",
          more: { inFlight: { id: 'rollback/shop/production/1' } },
        },
      ],
      [
        'version-digest-changed',
        { more: { released: digest } },
        { hint: `give these files a version of their own, or release those: --artifact ${digest}`, more: { released: digest } },
      ],
      ['version-digest-changed', {}, { hint: undefined, more: {} }],
      ['not-found', {}, { hint: undefined, more: {} }],
      [
        'invalid-input',
        { errors: [{ pointer: '/cursor', detail: 'unknown cursor' }] },
        { hint: 'send nextCursor as it was answered', more: {} },
      ],
      ['invalid-input', { errors: [{ pointer: '/version', detail: 'is missing' }] }, { hint: undefined, more: {} }],
      ['precondition-failed', {}, { hint: 'read it again, then decide', more: {} }],
      ['idempotency-key-reused', {}, { hint: 'use a new Idempotency-Key for a new request', more: {} }],
      ['request-in-flight', {}, { hint: 'repeat it in a moment, with the same Idempotency-Key if it had one', more: {} }],
      [
        'no-worker',
        {},
        { hint: 'see that a control worker runs, and repeat it, with the same Idempotency-Key if it had one', more: {} },
      ],
    ]
  for (const [code, options, told] of rows)
    it(`is "${told.hint ?? 'none'}" for ${code} with ${JSON.stringify(options)}`, () => {
      const { hint, more } = withRemedy(new Problem(code, 'what happened', options))
      expect({ hint, more }).to.deep.equal(told)
    })

  it('does not change the reported failure', () => {
    const errors = [{ pointer: '/version', detail: 'other files' }]
    const cause = new Error('why')
    const told = withRemedy(new Problem('no-earlier-version', 'shop has no earlier version', { errors, cause }))
    expect(told).to.deep.include({ code: 'no-earlier-version', message: 'shop has no earlier version', errors, cause })
  })
})

describe('a declaration that is refused', () => {
  const refusal = (message: string, options: ProblemOptions = {}) => {
    try {
      return declaredBy(() => {
        throw new Problem('invalid-input', message, options)
      })
    } catch (error) {
      return error as Problem
    }
  }

  it('is answered with the command that writes one or prints its keys', () => {
    expect(refusal('the declaration is empty').hint).to.equal("'holdfast init' writes one")
    const errors = [{ pointer: '/name', detail: 'is missing' }]
    const faulty = refusal('the declaration has a fault', { errors })
    expect(faulty.hint).to.equal("'holdfast schema' prints every key, docs/declaration.md explains them")
    expect(faulty.errors).to.deep.equal(errors)
  })

  it('keeps its own hint', () => {
    expect(refusal('two documents', { hint: 'send one' }).hint).to.equal('send one')
    expect(declaredBy(() => 'a service')).to.equal('a service')
  })
})
