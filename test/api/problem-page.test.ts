import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { problemPage } from '../../api/problem-page.ts'
import { problemCodes, problemRow } from '../../domain/problem.ts'

describe('docs/problems.md', () => {
  const markdown = readFileSync(join(import.meta.dirname, '../../docs/problems.md'), 'utf8')
  const sections = markdown.split(/^## /m).slice(1)

  it('has a section for each code in the order of the table, with its status, meaning and remedy', () => {
    expect(sections.map((text) => text.split('\n')[0])).to.deep.equal(problemCodes())
    for (const [at, code] of problemCodes().entries()) {
      const { title, status, retry } = problemRow(code)
      expect(sections[at], code).to.include(`\n${title}. ${status}${retry ? ', may be tried again' : ''}.\n`)
      expect(sections[at], code).to.match(/- \*\*Meaning:\*\* .+\n- \*\*What to do:\*\* .+/)
    }
  })

  it('is the page that the `type` of every problem links to', () => {
    for (const code of problemCodes()) expect(problemPage()).to.include(`<h2 id="${code}">`)
  })
})
