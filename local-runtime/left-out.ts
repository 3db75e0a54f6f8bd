/**
 * What is not part of an artifact: what `.holdfastignore` names, and, unless it says otherwise, Git's history, files of environment
 * variables and private keys.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { Ignore } from 'ignore'
import ignore from 'ignore'
import { Problem } from '../domain/problem.ts'
import type { Entry } from './artifact.ts'

export const ignoreFile = '.holdfastignore'

/** Of the service, not of the version: it has a digest of its own. Only at the top: deeper ones are somebody's files. */
const declarations: readonly string[] = ['holdfast.yaml', 'holdfast.yml', ignoreFile]

/** They come before the owner's patterns, so that `!.env.example` takes one in again. */
const byName = [
  ...['.git', '.env*', '.netrc', '.pgpass', '.git-credentials', '.aws/credentials', '.docker/config.json', '.ssh'],
  ...['id_rsa', 'id_dsa', 'id_ecdsa', 'id_ed25519', '*.key', '*.p12', '*.pfx', '*.jks', '*.keystore', '*.ppk', '*.kdbx'],
]

/** Files whose content tells: a certificate is meant to be read, a key is not. */
const byContent: readonly { readonly name: RegExp; readonly holds: RegExp; readonly why: string }[] = [
  { name: /\.(pem|crt|cer)$/i, holds: /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/, why: 'a private key' },
  { name: /(^|\/)\.npmrc$/, holds: /_auth|_password/, why: 'a token' },
  { name: /(^|\/)\.(yarnrc\.yml|pypirc)$/, holds: /npmAuth|password/, why: 'a token' },
]
/** A key lies at the beginning of its file, or behind a certificate. */
const lookedAtBytes = 1 << 16

/** Why an entry is left out; null: it is in. */
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
    if (defaults.test(name).ignored) return 'kept out unless .holdfastignore takes it in'
    return entry.kind === 'file' ? keyIn(entry) : null
  }
}

/** What is too slow to be tried is no pattern: of Git's files, which others may have written, it is left out in silence. */
export const patterns = (text: string): Ignore => ignore({ ignoreCase: false }).add(linesOf(text).filter((line) => !isSlow(line)))

const linesOf = (text: string): readonly string[] => text.split(/\r?\n/)

/** Each star of a name multiplies the ways in which a long name can fail to fit: with eight of them one name takes days. */
const mostStars = 3
const isSlow = (line: string): boolean => {
  const starsIn = (name: string) => (name === '**' ? 0 : (name.match(/\*+/g)?.length ?? 0))
  const names = line.split('/')
  return names.some((name) => starsIn(name) > mostStars) || names.filter((name) => name === '**').length > mostStars
}

/**
 * The text of a file of patterns; null where there is none. Whoever releases writes it: a pipe would be waited for, a device read without
 * end, and each pattern is tried on each file. @throws Problem invalid-input
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
  new Problem('invalid-input', isFile ? `${path} is larger than ${longestPatterns >> 10} KiB` : `${path} is no file`, {
    hint: 'patterns such as /node_modules/ leave out whole folders',
  })

function keyIn({ path, label }: Entry): string | null {
  const row = byContent.find(({ name }) => name.test(label))
  if (!row) return null
  // A pipe that took its place meanwhile would be waited for.
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const bytes = Buffer.alloc(lookedAtBytes)
    const length = readSync(file, bytes, 0, bytes.length, 0)
    return row.holds.test(bytes.toString('latin1', 0, length)) ? row.why : null
  } finally {
    closeSync(file)
  }
}
