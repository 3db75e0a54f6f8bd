import { expect } from 'chai'
import { describe, it } from 'mocha'
import { instantMs, LogsQuery } from '../../schema/queries.ts'

const now = Date.parse('2026-11-29T12:00:00Z')

describe('an instant in a query', () => {
  const rows: readonly (readonly [text: string, iso: string | null])[] = [
    ['0s', '2026-11-29T12:00:00.000Z'],
    ['24h', '2026-11-28T12:00:00.000Z'],
    ['36525d', '1926-11-29T12:00:00.000Z'],
    ['36526d', null],
    ['2026-11-29T12:00:00Z', '2026-11-29T12:00:00.000Z'],
    ['2026-11-29T13:00:00+02:00', '2026-11-29T11:00:00.000Z'],
    ['2026-11-29', null],
    ['2026-02-30T12:00:00Z', null],
    ['yesterday', null],
    ['', null],
  ]
  for (const [text, iso] of rows)
    it(`'${text}' is ${iso ?? 'none'}`, () => {
      const ms = instantMs(text, now)
      expect(Number.isNaN(ms) ? null : new Date(ms).toISOString()).to.equal(iso)
      expect(LogsQuery.safeParse({ since: text }).success).to.equal(iso !== null)
    })
})
