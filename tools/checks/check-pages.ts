/**
 * A room with many files has a page on its design, and so has a folder with many files. Every file that the page or ARCHITECTURE.md names
 * exists, and so does every function that is named after its file. The walks in ARCHITECTURE.md are judged too.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import type { Finding } from './judge-imports.ts'
import { judgeWalks } from './judge-walks.ts'
import { roomOf } from './room-of.ts'

const mostFiles = 10
const mostLines = 60
const architecture = 'ARCHITECTURE.md'

/** Tests mirror the rooms, so CONTRIBUTING.md is their page. */
const isCode = (file: string): boolean => /\.tsx?$/.test(file) && !file.startsWith('test/')

/** @param files paths of sources from `root` */
export async function checkPages(root: string, files: readonly string[]): Promise<Finding[]> {
  const findings: Finding[] = []
  const code = files.filter(isCode)
  const rooms = [...new Set(code.flatMap((file) => [dirname(file), roomOf(file)]))].filter((room) => room !== '.').sort()
  for (const room of rooms) {
    const page = `${room}/README.md`
    const isThere = existsSync(join(root, page))
    const isLarge = code.filter((file) => dirname(file) === room || roomOf(file) === room).length > mostFiles
    if (isLarge && !isThere)
      findings.push({
        file: page,
        line: 1,
        message: `${room} has more than ${mostFiles} files: open it with a page on its design`,
      })
    if (isThere) findings.push(...(await judgePage(root, room, page)))
  }
  const text = existsSync(join(root, architecture)) ? await readFile(join(root, architecture), 'utf8') : ''
  return [...findings, ...(await wrongNames(root, '.', architecture, text)), ...judgeWalks(architecture, text)]
}

async function judgePage(root: string, room: string, page: string): Promise<Finding[]> {
  const text = await readFile(join(root, page), 'utf8')
  const length = text.trimEnd().split('\n').length
  const long = length > mostLines ? [{ file: page, line: length, message: `a page has at most ${mostLines} lines` }] : []
  return [...long, ...(await wrongNames(root, room, page, text))]
}

/**
 * Matches a file in backticks and the names of its functions after it: `api/pipeline.ts` `pipeline`. A path without a slash is a file of
 * the room.
 */
const named = /`([\w./-]+\.(?:tsx?|sql|md))`((?: `\w+`)*)/g

async function wrongNames(root: string, room: string, page: string, text: string): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const [index, words] of text.split('\n').entries()) {
    for (const [, path = '', names = ''] of words.matchAll(named)) {
      const file = path.includes('/') || existsSync(join(root, path)) ? path : posix.join(room, path)
      const say = (message: string) => findings.push({ file: page, line: index + 1, message })
      if (!existsSync(join(root, file))) {
        say(`${file} does not exist`)
        continue
      }
      const wanted = names.split(' ').map((name) => name.replaceAll('`', ''))
      const source = names === '' ? '' : await readFile(join(root, file), 'utf8')
      for (const name of wanted) if (!new RegExp(`\\b${name}\\b`).test(source)) if (name) say(`${file} has no ${name}`)
    }
  }
  return findings
}
