/** The check finds a banned word in every form of a name or a sentence, and not a word that only looks like it. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { mkdir, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { BannedWord } from '../../../tools/checks/banned-words.ts'
import { bannedWords } from '../../../tools/checks/banned-words.ts'
import { checkWords } from '../../../tools/checks/check-words.ts'

const banned: readonly BannedWord[] = [
  { word: 'door', use: 'interface', where: 'text' },
  { word: 'way back', use: 'revert', where: 'text' },
  { word: 'place', use: 'environment', where: 'names' },
  { word: 'Given', use: 'settings', where: 'names' },
]
const refused = [
  'const openDoors = 1',
  'const DOOR_LIMIT = 1',
  'const one = 1 // the door of one',
  "const text = 'door-keeper'",
  'const wayBack = 1',
  "const phase = 'way-back'",
  '// the way back',
  'const place = 1',
  'const one = { placeKey: 1 }',
  'class One { readonly #places = 1 }',
  'interface Given { readonly one: 1 }',
]
const fine = [
  'const indoor = 1',
  'const one = 1 // in place of one',
  "const one = 'place'.replace('a', 'b')",
  'const given = 1',
  'const one = 1 // Given one',
  'const wayToBack = 1',
]

async function messagesIn(text: string): Promise<readonly string[]> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'holdfast-words-'))
  await writeFile(join(folder.path, 'one.ts'), `\n${text}\n`)
  return (await checkWords(folder.path, ['one.ts'], banned)).map(({ line, message }) => `${line}: ${message}`)
}

describe('the check of words', () => {
  const elsewhere: readonly (readonly [file: string, text: string, isRefused: boolean])[] = [
    ['docs/one.md', 'Every door is shut.', true],
    ['docs/one.md', 'This takes place later. `Given`', false],
    ['adapters/open-door.ts', '', true],
    ['docs/the-way-back.md', '', true],
    ['domain/place.ts', '', true],
    ['domain/indoor.ts', '', false],
  ]
  for (const [file, text, isRefused] of elsewhere)
    it(`${isRefused ? 'refuses' : 'accepts'} ${file}: ${JSON.stringify(text)}`, async () => {
      await using folder = await mkdtempDisposable(join(tmpdir(), 'holdfast-words-'))
      await mkdir(dirname(join(folder.path, file)), { recursive: true })
      await writeFile(join(folder.path, file), text)
      expect(await checkWords(folder.path, [file], banned)).to.have.length(isRefused ? 1 : 0)
    })
  for (const text of refused)
    it(`refuses ${JSON.stringify(text)}`, async () => {
      const messages = await messagesIn(text)
      expect(messages).to.have.length(1)
      expect(messages[0]).to.match(/^2: ".*" is a word that was dropped: use /)
    })
  for (const text of fine)
    it(`accepts ${JSON.stringify(text)}`, async () => {
      expect(await messagesIn(text)).to.deep.equal([])
    })
  for (const { word } of bannedWords)
    it(`can fail: "${word}"`, async () => {
      await using folder = await mkdtempDisposable(join(tmpdir(), 'holdfast-words-'))
      const name = word.replaceAll(/[ -](\w)/g, (_, letter: string) => letter.toUpperCase())
      await writeFile(join(folder.path, 'one.ts'), `export const ${name} = 1\n`)
      expect(await checkWords(folder.path, ['one.ts'], bannedWords)).to.have.length(1)
    })
  it('has no noun in the glossary that it bans', async () => {
    const page = await readFile(join(import.meta.dirname, '../../../docs/concepts.md'), 'utf8')
    const nouns = page.split('\n').flatMap((line) => /^\| ([a-z][a-z ]*) \| /.exec(line)?.[1] ?? [])
    expect(nouns).to.include('environment reference')
    expect(nouns.filter((noun) => bannedWords.some(({ word }) => word === noun))).to.deep.equal([])
  })
})
