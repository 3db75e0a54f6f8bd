/**
 * What is not part of an artifact: the files that `.holdfastignore` names, and, unless it includes them, Git's history, files of
 * environment variables and private keys.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { Ignore } from 'ignore'
import ignore from 'ignore'
import { Problem } from '../domain/problem.ts'
import type { Entry } from './artifact.ts'

export const ignoreFile = '.holdfastignore'

/** Files of the service, not of a version. Only those in the top folder: a deeper file of that name belongs to the version. */
const declarations: readonly string[] = ['holdfast.yaml', 'holdfast.yml', ignoreFile]

/** These come before the owner's patterns, so that `!.env.example` includes a file again. */
const byName = [
  ...['.git', '.env*', '.netrc', '.pgpass', '.git-credentials', '.aws/credentials', '.docker/config.json', '.ssh'],
  ...['id_rsa', 'id_dsa', 'id_ecdsa', 'id_ed25519', '*.key', '*.p12', '*.pfx', '*.jks', '*.keystore', '*.ppk', '*.kdbx'],
]

/** Files that are left out because of their content: a `.pem` file may hold a certificate, which is public, or a private key. */
const byContent: readonly { readonly name: RegExp; readonly holds: RegExp; readonly why: string }[] = [
  { name: /\.(pem|crt|cer)$/i, holds: /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/, why: 'a private key' },
  { name: /(^|\/)\.npmrc$/, holds: /_auth|_password/, why: 'a token' },
  { name: /(^|\/)\.(yarnrc\.yml|pypirc)$/, holds: /npmAuth|password/, why: 'a token' },
]
/** How much of a file is searched. A key is at the beginning of its file, or after a certificate. */
const lookedAtBytes = 1 << 16

/** Says why an entry is left out; null when it is part of the artifact. */
export type LeftOut = (entry: Entry) => string | null

/** @throws when the ignore file cannot be read */
export function leftOutOf(root: string): LeftOut {
  const defaults = patterns(byName.join('\n'))
  const own = readIfThere(join(root, ignoreFile)) ?? ''
  const slow = linesOf(own).find(isSlow)
  if (slow !== undefined)
    throw new Problem('invalid-input', `a pattern of ${ignoreFile} has more than ${mostStars} stars: ${slow.slice(0, 60)}`, {
      hint: 'write several that are simpler',
    })
  const owners = patterns(own)
  return (entry) => {
    if (declarations.includes(entry.label)) return 'not part of a version'
    const name = entry.kind === 'folder' ? `${entry.label}/` : entry.label
    const { ignored, unignored } = owners.test(name)
    if (ignored) return ignoreFile
    if (unignored) return null
    if (defaults.test(name).ignored) return 'left out unless .holdfastignore includes it'
    return entry.kind === 'file' ? keyIn(entry) : null
  }
}

/** Drops patterns that are too slow to match. In Git's files, which others may have written, that is no reason to refuse the artifact. */
export const patterns = (text: string): Ignore => ignore({ ignoreCase: false }).add(linesOf(text).filter((line) => !isSlow(line)))

const linesOf = (text: string): readonly string[] => text.split(/\r?\n/)

/** Each star multiplies the ways in which a long name can fail to match. With eight stars, one name takes days. */
const mostStars = 3
const isSlow = (line: string): boolean => {
  const starsIn = (name: string) => (name === '**' ? 0 : (name.match(/\*+/g)?.length ?? 0))
  const names = line.split('/')
  return names.some((name) => starsIn(name) > mostStars) || names.filter((name) => name === '**').length > mostStars
}

/**
 * The text of a file of patterns; null when there is none. The person who releases controls this file: a pipe would block the read, a
 * device has no end, and a long file costs time, because each pattern is tried on each file. So all three are refused. @throws Problem
 * invalid-input
 */
export function readIfThere(path: string): string | null {
  const file = openIfThere(path)
  if (file === null) return null
  try {
    const info = fstatSync(file)
    if (info.isDirectory()) return null
    if (!info.isFile() || info.size > longestPatterns) throw tooMuch(path, info.isFile())
    const text = readFileSync(file, 'utf8')
    if (text.length > longestPatterns) throw tooMuch(path, true)
    return text
  } finally {
    closeSync(file)
  }
}

function openIfThere(path: string): number | null {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    if (['ENOENT', 'EISDIR', 'ENOTDIR', 'ENXIO', 'ELOOP'].includes(String((error as NodeJS.ErrnoException).code))) return null
    throw error
  }
}

const longestPatterns = 256 << 10

const tooMuch = (path: string, isFile: boolean): Problem =>
  new Problem('invalid-input', isFile ? `${path} is larger than ${longestPatterns >> 10} KiB` : `${path} is not a file`, {
    hint: 'patterns such as /node_modules/ leave out whole folders',
  })

function keyIn({ path, label }: Entry): string | null {
  const row = byContent.find(({ name }) => name.test(label))
  if (!row) return null
  // A pipe that replaced the file meanwhile would block the read.
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const bytes = Buffer.alloc(lookedAtBytes)
    const length = readSync(file, bytes, 0, bytes.length, 0)
    return row.holds.test(bytes.toString('latin1', 0, length)) ? row.why : null
  } finally {
    closeSync(file)
  }
}
