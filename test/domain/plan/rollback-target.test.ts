import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import type { GoodRollout, StableVersion } from '../../../domain/plan/rollback-target.ts'
import { rollbackTargets, whyNoTarget } from '../../../domain/plan/rollback-target.ts'

/** Release `releaseNumber` of `version`; `revision` differs where its settings do. */
const good = (releaseNumber: number, version: string, revision = `r-${version}`): GoodRollout => ({
  releaseNumber,
  version,
  revision,
})
const at = (number: number, version: string, revision = `r-${version}`): StableVersion => ({
  stable: { version, revision },
  stableNumber: number,
})
const nothing: StableVersion = { stable: null, stableNumber: null }

describe('the version that a rollback brings back', () => {
  const three = [good(3, 'c'), good(2, 'b'), good(1, 'a')]
  const rows = [
    ['the one before the stable one', three, at(3, 'c'), null, 2],
    ['the one before the stable one, also after a rollback to it', three, at(2, 'b'), null, 1],
    ['none before the first one', three, at(1, 'a'), null, null],
    ['none where nothing is stable', three, nothing, null, null],
    ['none where nothing was good', [], at(3, 'c'), null, null],
    ['not the stable revision under an older number', [good(3, 'c'), good(2, 'c'), good(1, 'a')], at(3, 'c'), null, 1],
    ['the stable version with other settings', [good(3, 'c', 'r-new'), good(2, 'c', 'r-old')], at(3, 'c', 'r-new'), null, 2],
    ['the one that is named', three, at(3, 'c'), 'a', 1],
    ['a newer one that is named, after a rollback', three, at(1, 'a'), 'c', 3],
    ['the stable one where it is named', three, at(3, 'c'), 'c', 3],
    ['the newest of the named version', [good(4, 'a'), ...three], at(3, 'c'), 'a', 4],
    ['none where the named one was never good', three, at(3, 'c'), 'd', null],
  ] as const
  for (const [what, rollouts, stable, version, expected] of rows)
    it(`is ${what}`, () => {
      expect(rollbackTargets(rollouts, stable, version)[0]?.releaseNumber ?? null).to.equal(expected)
    })

  it('is chosen in the same order in pages, however many rollouts a page has', () => {
    const letters = fc.constantFrom('a', 'b', 'c')
    const history = fc
      .array(fc.tuple(fc.integer({ min: 1, max: 9 }), letters), { maxLength: 12 })
      .map((some) => some.map(([number, version]) => good(number, version)).toSorted((a, b) => b.releaseNumber - a.releaseNumber))
    const stables = fc.oneof(
      fc.constant(nothing),
      fc.tuple(fc.integer({ min: 1, max: 9 }), letters).map(([number, version]) => at(number, version)),
    )
    fc.assert(
      fc.property(history, stables, fc.option(letters), fc.integer({ min: 1, max: 5 }), (rollouts, stable, version, size) => {
        const pages = Array.from({ length: Math.ceil(rollouts.length / size) }, (_, page) =>
          rollouts.slice(page * size, (page + 1) * size),
        )
        const found = pages.flatMap((page) => rollbackTargets(page, stable, version))
        expect(found).to.deep.equal(rollbackTargets(rollouts, stable, version))
      }),
    )
  })
})

describe('a rollback without a version to bring back', () => {
  const rows = [
    [null, 'shop/production has no earlier good version'],
    ['c', 'c is stable in shop/production already'],
    ['d', 'd was never good in shop/production'],
  ] as const
  for (const [version, detail] of rows)
    it(`is refused because ${detail}`, () => {
      expect(whyNoTarget('shop/production', at(3, 'c'), version, false)).to.equal(detail)
    })

  it('is refused with the reason where the good ones are somewhere else', () => {
    for (const version of [null, 'a'])
      expect(whyNoTarget('shop/production', at(3, 'c'), version, true)).to.equal(
        'shop/production has an earlier good version only where it was before, not where it is',
      )
  })

  it('is refused as never good where nothing is stable', () => {
    expect(whyNoTarget('shop/production', nothing, 'c', false)).to.equal('c was never good in shop/production')
  })
})
