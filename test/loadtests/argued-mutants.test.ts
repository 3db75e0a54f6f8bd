import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { arguedMutants, heldAgainst, isArgued, matches, rowOf } from '../../loadtests/argued-mutants.ts'
import { oneLine } from '../../loadtests/mutant-run.ts'

const root = join(import.meta.dirname, '../..')

describe('docs/mutants.md', () => {
  it('argues changes of existing code, each with a reason', () => {
    const rows = arguedMutants()
    expect(rows.length).to.be.greaterThan(0)
    for (const { file, was, why } of rows) {
      expect(oneLine(readFileSync(join(root, file), 'utf8')), file).to.include(was.replace(/…$/, ''))
      expect(why.length, `${file}: ${was}`).to.be.greaterThan(10)
    }
  })

  it('argues only the mutant that it names, in its file', () => {
    const mutant = { file: 'a.ts', was: 'a <= b || c', became: 'x'.repeat(200) }
    const rows = arguedMutants(`### \`a.ts\`\n\n${rowOf(mutant)}equal here`)
    expect(isArgued(rows, mutant)).to.equal(true)
    expect(isArgued(rows, { ...mutant, file: 'b.ts' })).to.equal(false)
    expect(isArgued(rows, { ...mutant, was: 'a < b || c' })).to.equal(false)
    expect([matches('ab', 'abc'), matches('ab…', 'abc')]).to.deep.equal([false, true])
  })

  it('is refused with a malformed row', () => {
    expect(() => arguedMutants('### `a.ts`\n\n- a becomes b')).to.throw('no mutant in')
  })

  it('fails a run that leaves a survivor without a row, and a row without a survivor', () => {
    const one = { file: 'a.ts', line: 1, was: 'a <= b', became: 'a < b' }
    const other = { file: 'a.ts', line: 2, was: 'c', became: 'true' }
    const rows = arguedMutants(`### \`a.ts\`\n\n${rowOf(one)}equal here\n\n### \`b.ts\`\n\n${rowOf(one)}equal there`)
    const ran = (...survivors: (typeof one)[]) => [{ file: 'a.ts', mutants: 9, killed: 9 - survivors.length, survivors }]
    expect(heldAgainst(rows, ran(one))).to.deep.equal({ unargued: [], gone: [] })
    expect(heldAgainst(rows, ran(one, other))).to.deep.equal({ unargued: [other], gone: [] })
    expect(heldAgainst(rows, ran())).to.deep.equal({ unargued: [], gone: [rows[0]] })
    expect(heldAgainst(rows, []), 'a file that did not run says nothing').to.deep.equal({ unargued: [], gone: [] })
  })
})
