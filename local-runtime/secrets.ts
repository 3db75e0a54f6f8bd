/**
 * The operator's secrets. A file `<service>/<name>` is opened to that service. A file `<service>/<environment>/<name>` is opened to one of
 * its environments, and wins over the other. A value is read when a process starts, and is not kept.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EnvironmentRef } from '../domain/identity.ts'
import { environmentKey } from '../domain/identity.ts'
import { Problem } from '../domain/problem.ts'

export interface Secrets {
  /** The present value. @throws Problem secret-unavailable */
  valueOf(ref: EnvironmentRef, name: string): string
  /**
   * A digest by name. It changes when the value does, and reveals nothing of the value without the runtime's key.
   * @throws Problem secret-unavailable, which names every secret that is not available
   */
  digests(ref: EnvironmentRef, names: readonly string[]): Readonly<Record<string, string>>
}

const maxSizeBytes = 64 * 1024

/** @param folder the operator's folder of secrets, created when it does not exist @param home the folder with the key of the digests */
export function openSecrets(folder: string, home: string): Secrets {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const key = digestKey(join(home, 'secret-digest-key'))
  const valueOf = (ref: EnvironmentRef, name: string): string => {
    const files = [join(folder, ref.service, ref.environment, name), join(folder, ref.service, name)]
    const file = files.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
    if (file === undefined) throw unavailable(name, `is not opened to ${environmentKey(ref)}`)
    return read(file, name)
  }
  return {
    valueOf,
    digests(ref, names) {
      const problems: Problem[] = []
      const found = names.flatMap((name) => {
        try {
          const value = valueOf(ref, name)
          return [
            [
              name,
              createHmac('sha256', key)
                .update(`${environmentKey(ref)}\0${name}\0${value}`)
                .digest('hex'),
            ] as const,
          ]
        } catch (error) {
          if (!(error instanceof Problem)) throw error
          problems.push(error)
          return []
        }
      })
      const [first] = problems
      if (!first) return Object.fromEntries(found)
      throw new Problem(first.code, problems.map(({ message }) => message).join('; '), { hint: remedy })
    },
  }
}

const remedy =
  "ask the operator to put it into the secret folder (HOLDFAST_SECRETS) as '<service>/<name>' or '<service>/<environment>/<name>', readable by its owner only"

const unavailable = (name: string, why: string): Problem =>
  new Problem('secret-unavailable', `secret ${name} ${why}`, { hint: remedy })

function read(file: string, name: string): string {
  const { mode, size } = statSync(file)
  // Other users can read such a file, so the operator should know at the first use.
  if ((mode & 0o077) !== 0) throw unavailable(name, 'can be read by others than its owner')
  if (size > maxSizeBytes) throw unavailable(name, `is larger than ${maxSizeBytes / 1024} KiB`)
  let value: string
  try {
    // Drops the last newline, which an editor adds. Other blanks are part of the secret.
    value = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file)).replace(/\r?\n$/, '')
  } catch (error) {
    throw unavailable(name, `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'not UTF-8'})`)
  }
  if (value === '') throw unavailable(name, 'is empty')
  if (value.includes('\0')) throw unavailable(name, 'has a zero byte, which no environment variable can have')
  return value
}

/** Created once. A key that cannot be read is not replaced, because with another key every version with secrets becomes a new revision. */
function digestKey(file: string): Buffer {
  if (!statSync(file, { throwIfNoEntry: false })) writeFileSync(file, randomBytes(32), { mode: 0o600, flag: 'wx' })
  const key = readFileSync(file)
  if (key.length !== 32)
    throw new Problem('invalid-config', `${file} is not a key of 32 bytes`, {
      hint: 'restore the right key, or remove the file: versions with secrets then become new revisions',
    })
  return key
}
