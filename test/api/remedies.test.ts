import { expect } from 'chai'
import { describe, it } from 'mocha'
import { withRemedy } from '../../api/remedies.ts'
import type { ProblemCode, ProblemOptions } from '../../domain/problem.ts'
import { Problem } from '../../domain/problem.ts'

const digest = `sha256:${'a'.repeat(64)}`

describe('the remedy that the API adds to a problem', () => {
  const rows: readonly (readonly [ProblemCode, ProblemOptions, { readonly hint: string | undefined; readonly more: unknown }])[] =
    [
      [
        'already-in-flight',
        { more: { inFlight: { id: 'shop-1', phase: 'queued' } } },
        {
          hint: "wait for it, or 'holdfast release abort shop-1'",
          more: { inFlight: { id: 'shop-1', phase: 'queued', self: '/v1/releases/shop-1' } },
        },
      ],
      ['already-in-flight', {}, { hint: undefined, more: {} }],
      [
        'already-in-flight',
        { hint: 'its own', more: { inFlight: { id: 'a' } } },
        { hint: 'its own', more: { inFlight: { id: 'a' } } },
      ],
      [
        'service-busy',
        { more: { inFlight: ['shop-1'] } },
        { hint: "'--stop' takes it back first", more: { inFlight: ['shop-1'] } },
      ],
      [
        'service-busy',
        { more: { running: ['production'] } },
        { hint: "'--stop' ends it there", more: { running: ['production'] } },
      ],
      ['nothing-to-go-back-to', {}, { hint: "'holdfast release list' shows what was released", more: {} }],
      [
        'version-digest-changed',
        { more: { released: digest } },
        { hint: `give these files a version of their own, or release those: --artifact ${digest}`, more: { released: digest } },
      ],
      ['version-digest-changed', {}, { hint: undefined, more: {} }],
      ['not-found', {}, { hint: undefined, more: {} }],
    ]
  for (const [code, options, told] of rows)
    it(`is "${told.hint ?? 'none'}" for ${code} with ${JSON.stringify(options)}`, () => {
      const { hint, more } = withRemedy(new Problem(code, 'what happened', options))
      expect({ hint, more }).to.deep.equal(told)
    })

  it('leaves what happened as it was reported', () => {
    const errors = [{ pointer: '/version', detail: 'other files' }]
    const cause = new Error('why')
    const told = withRemedy(new Problem('nothing-to-go-back-to', 'shop has no earlier version', { errors, cause }))
    expect(told).to.deep.include({ code: 'nothing-to-go-back-to', message: 'shop has no earlier version', errors, cause })
  })
})
