import { expect } from 'chai'
import { describe, it } from 'mocha'
import { looksView } from '../../../api/views/looks.ts'

describe('looks', () => {
  it('say where the next ones are only while there may be more', () => {
    const rows = Array.from({ length: 2_000 }, (_, n) => ({ place: 'shop/production', atMs: n + 1, row: {} }))
    expect(looksView(rows).nextCursor).to.equal('2000')
    expect(looksView(rows.slice(1)).nextCursor).to.equal(null)
  })
})
