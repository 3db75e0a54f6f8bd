/** The survivors that docs/mutants.md argues: a section a file, and in it a row for each mutant with the reason why it may live. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Mutant } from './mutant-run.ts'

export interface ArguedMutant {
  readonly file: string
  /** On one line; one that ends in `…` stands for whatever begins so. */
  readonly was: string
  readonly became: string
  readonly why: string
}

const page = join(import.meta.dirname, '../docs/mutants.md')

/** Every row of the page. @throws Error for a row that cannot be read */
export function arguedMutants(markdown = readFileSync(page, 'utf8')): readonly ArguedMutant[] {
  let file = ''
  return markdown.split('\n').flatMap((line) => {
    file = /^### `([^`]+)`$/.exec(line)?.[1] ?? file
    if (!line.startsWith('- ')) return []
    const row = /^- `` (.+?) `` becomes `` (.+?) ``: (.+)$/.exec(line)
    if (!row || file === '') throw new Error(`docs/mutants.md: no mutant in: ${line}`)
    const [, was = '', became = '', why = ''] = row
    return [{ file, was, became, why }]
  })
}

export const isArgued = (rows: readonly ArguedMutant[], mutant: Omit<Mutant, 'line'>): boolean =>
  rows.some((row) => row.file === mutant.file && matches(row.was, mutant.was) && matches(row.became, mutant.became))

/** Does `text` read as the page has it? */
export const matches = (written: string, text: string): boolean =>
  written.endsWith('…') ? text.startsWith(written.slice(0, -1)) : written === text

/** A mutant as a row of the page, but for its reason. */
export const rowOf = ({ was, became }: Pick<Mutant, 'was' | 'became'>): string =>
  `- \`\` ${short(was)} \`\` becomes \`\` ${short(became)} \`\`: `

const longest = 110
const short = (text: string): string => (text.length > longest ? `${text.slice(0, longest)}…` : text)
