/** What is not part of an artifact: by `.holdfastignore`, and unless that says otherwise history, environments and private keys. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { Ignore } from 'ignore'
import ignore from 'ignore'
import type { Entry } from './artifact.ts'

export const ignoreFile = '.holdfastignore'

/** Of the service, not of the version: it has a digest of its own. Only at the top: deeper ones are somebody's files. */
const declarations: readonly string[] = ['holdfast.yaml', 'holdfast.yml', ignoreFile]

/** Before the owner's patterns, so that `!.env.example` takes one in again. */
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
  const own = readIfThere(join(root, ignoreFile))
  const owners = patterns(own ?? '')
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

export const patterns = (text: string): Ignore => ignore({ ignoreCase: false }).add(text)

export function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (['ENOENT', 'EISDIR', 'ENOTDIR'].includes(String((error as NodeJS.ErrnoException).code))) return null
    throw error
  }
}

function keyIn({ path, label }: Entry): string | null {
  const row = byContent.find(({ name }) => name.test(label))
  if (!row) return null
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(lookedAtBytes)
    const length = readSync(file, bytes, 0, bytes.length, 0)
    return row.holds.test(bytes.toString('latin1', 0, length)) ? row.why : null
  } finally {
    closeSync(file)
  }
}
