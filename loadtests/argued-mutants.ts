/** Reads docs/mutants.md: one section per file, with a row for each surviving mutant and the reason why it may survive. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FileResult, Mutant } from './mutant-run.ts'

export interface ArguedMutant {
  readonly file: string
  /** The replaced source on one line. One that ends in `…` matches any text that begins like it. */
  readonly was: string
  readonly became: string
  readonly why: string
}

const page = join(import.meta.dirname, '../docs/mutants.md')

/** Every row of the page. @throws Error for a row that it cannot parse */
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
  rows.some((row) => argues(row, mutant))

const argues = (row: ArguedMutant, mutant: Omit<Mutant, 'line'>): boolean =>
  row.file === mutant.file && matches(row.was, mutant.was) && matches(row.became, mutant.became)

/** What a run and the page do not say alike: survivors that no row argues, and rows of files that ran which no survivor bears out. */
export function heldAgainst(rows: readonly ArguedMutant[], results: readonly FileResult[]) {
  const survivors = results.flatMap((result) => result.survivors)
  return {
    unargued: survivors.filter((survivor) => !isArgued(rows, survivor)),
    gone: rows.filter((row) => results.some(({ file }) => file === row.file) && !survivors.some((one) => argues(row, one))),
  }
}

/** Whether `text` matches the text of a row. */
export const matches = (written: string, text: string): boolean =>
  written.endsWith('…') ? text.startsWith(written.slice(0, -1)) : written === text

/** A mutant as a row of the page, without its reason. */
export const rowOf = ({ was, became }: Pick<Mutant, 'was' | 'became'>): string =>
  `- \`\` ${short(was)} \`\` becomes \`\` ${short(became)} \`\`: `

const longest = 110
const short = (text: string): string => (text.length > longest ? `${text.slice(0, longest)}…` : text)
