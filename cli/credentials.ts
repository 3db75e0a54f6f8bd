/** Keeps keys by API address in one file that only its owner can read. `npm start` writes the first key, `holdfast login` the others. */
import { chmod, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { Problem } from '../domain/problem.ts'

const Credentials = z.record(z.string(), z.string())

/**
 * The key for `url` (as `apiAddress` spells it), or null.
 * @throws Problem folder-unusable when others could read the file, or its content is damaged
 */
export async function readCredential(file: string, url: string): Promise<string | null> {
  return (await readAll(file))[url] ?? null
}

/** Stores the key for `url`. Replaces the whole file, with mode 0600, so that a crash leaves the old one. */
export async function writeCredential(file: string, url: string, key: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const all = { ...(await readAll(file)), [url]: key }
  const draft = `${file}.${process.pid}.new`
  try {
    // 'wx' refuses a file that another user put there.
    await using handle = await open(draft, 'wx', 0o600)
    await handle.writeFile(`${JSON.stringify(all, null, 2)}\n`)
    await handle.sync()
    await chmod(draft, 0o600)
    await rename(draft, file)
  } catch (cause) {
    await rm(draft, { force: true })
    throw new Problem('folder-unusable', `cannot write ${file}`, { hint: 'is the folder writable, and is there space?', cause })
  }
}

async function readAll(file: string): Promise<Readonly<Record<string, string>>> {
  // Only a missing file counts as empty. If an unreadable file did too, the next key would overwrite the others.
  const found = await stat(file).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null
    throw new Problem('folder-unusable', `cannot read ${file}`, { hint: 'it must belong to you', cause })
  })
  if (!found) return {}
  if ((found.mode & 0o077) !== 0)
    throw new Problem('folder-unusable', `others can read ${file}`, {
      hint: `chmod 600 ${file}, and revoke its keys if others could`,
    })
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new Problem('folder-unusable', `cannot read ${file}`, { hint: 'it must belong to you', cause })
  })
  const parsed = Credentials.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  // The message does not quote the content, which has keys.
  throw new Problem('folder-unusable', `${file} is not a map of addresses to keys`, {
    hint: "remove it and 'holdfast login' again",
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
