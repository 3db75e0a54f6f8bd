/** Refuses banned words in names, paths and documents, and in comments and strings unless the word is plain English. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'
import type { BannedWord } from './banned-words.ts'
import type { Finding } from './judge-imports.ts'

/** The table itself and its tests. */
const sayThem = ['tools/checks/banned-words.ts', 'test/tools/checks/words.test.ts', 'test/tools/checks/every-check.test.ts']

/** @throws Error on a syntax error */
export async function checkWords(root: string, files: readonly string[], banned: readonly BannedWord[]): Promise<Finding[]> {
  const read = files.filter((file) => !sayThem.includes(file))
  const found = read.map(async (file) => findIn(file, await readFile(join(root, file), 'utf8'), banned))
  return (await Promise.all(found)).flat()
}

function findIn(file: string, text: string, banned: readonly BannedWord[]): Finding[] {
  const lines = text.split('\n')
  const inText = banned.filter(({ where }) => where === 'text')
  const inNames = banned.filter(({ where, word }) => where === 'names' && mayStandIn(text, word))
  const findings = lines.flatMap((line, at) => {
    const words = wordsOf(line)
    return inText.filter(({ word }) => stands(word, words)).map((row) => findingOf(file, at + 1, row))
  })
  const inPath = banned.filter(({ word }) => isLower(word) && stands(word, wordsOf(file)))
  findings.push(...inPath.map((row) => findingOf(file, 1, row)))
  if (inNames.length === 0 || isDocument(file)) return findings
  for (const [name, line] of namesIn(file, text)) {
    const words = wordsOf(name)
    for (const row of inNames)
      if (row.word === name || (isLower(row.word) && stands(row.word, words))) findings.push(findingOf(file, line, row))
  }
  return findings
}

const isDocument = (file: string): boolean => file.endsWith('.md')

const findingOf = (file: string, line: number, { word, use }: BannedWord): Finding => ({
  file,
  line,
  message: `"${word}" is a word that was dropped: use ${use}`,
})

const isLower = (word: string): boolean => word === word.toLowerCase()

/** A cheap test that avoids parsing most files. */
const mayStandIn = (text: string, word: string): boolean => text.toLowerCase().includes(word.split(' ')[0]?.toLowerCase() ?? '')

/** The words of a name or a line, with blanks around each: `placeOf` becomes ` place of `. */
const wordsOf = (text: string): string =>
  ` ${text
    .replaceAll(/(?<=[a-z\d])(?=[A-Z])/g, ' ')
    .replaceAll(/[^A-Za-z\d]+/g, ' ')
    .toLowerCase()
    .trim()} `

const stands = (word: string, words: string): boolean => words.includes(` ${word} `) || words.includes(` ${word}s `)

function namesIn(file: string, text: string): (readonly [name: string, line: number])[] {
  const { program, errors } = parseSync(file, text)
  if (errors[0]) throw new Error(`${file}: ${errors[0].message}`)
  const names: (readonly [string, number])[] = []
  const add = ({ name, start }: { readonly name: string; readonly start: number }): void => {
    names.push([name, text.slice(0, start).split('\n').length])
  }
  new Visitor({ Identifier: add, PrivateIdentifier: add }).visit(program)
  return names
}
