/** Downloads an official archive over https. It is unpacked only if its digest equals the one in our source. */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { draftOf, putFolder, removeLeftDrafts } from '../drafts.ts'
import { run } from './component.ts'

export interface Archive {
  readonly url: string
  /** Digest of the archive, in hexadecimal: SHA-256, or SHA-512 where its makers publish that. */
  readonly digest: string
  /** The file of the .tar.gz to unpack. */
  readonly member: string
  readonly into: string
}

/** An archive of which several files are unpacked, side by side, into the folder `into`. */
export interface ArchiveOfMany extends Omit<Archive, 'member'> {
  readonly members: readonly string[]
}

/** After this long without a byte, the caller tries another way. */
const silenceMs = 8_000

/**
 * Puts `member` of the archive at `into`, whole or not at all. @throws Error with a sentence when the download fails or the digest
 * differs
 */
export async function download({ member, ...archive }: Archive, say: (line: string) => void): Promise<void> {
  await unpacked({ ...archive, members: [member] }, say, (folder) => rename(join(folder, basename(member)), archive.into))
}

/** Puts each of `members` into the folder `into`, all or none. @throws as `download` */
export async function downloadMany(archive: ArchiveOfMany, say: (line: string) => void): Promise<void> {
  await unpacked(archive, say, async (folder) => putFolder(folder, archive.into))
}

async function unpacked(
  { url, digest, members, into }: ArchiveOfMany,
  say: (line: string) => void,
  take: (folder: string) => Promise<void>,
): Promise<void> {
  await mkdir(dirname(into), { recursive: true })
  removeLeftDrafts(into)
  const folder = await mkdtemp(draftOf(into))
  try {
    const file = join(folder, 'archive.tar.gz')
    const found = await fetchTo(url, file, digest.length === 128 ? 'sha512' : 'sha256', say)
    if (found !== digest) throw new Error(`${url} has another digest than ${digest}: ${found}`)
    await run('tar', ['-xzf', file, '-C', folder, ...members])
    const programs = join(folder, 'programs')
    await mkdir(programs)
    for (const member of members) {
      await chmod(join(folder, member), 0o755)
      await rename(join(folder, member), join(programs, basename(member)))
    }
    await take(programs)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function fetchTo(url: string, file: string, algorithm: string, say: (line: string) => void): Promise<string> {
  const host = new URL(url).host
  const control = new AbortController()
  const timer = setTimeout(() => control.abort(new Error(`${host} does not answer`)), silenceMs)
  const hash = createHash(algorithm)
  try {
    const response = await fetch(url, { signal: control.signal }).catch((error: unknown) => {
      throw control.signal.aborted ? control.signal.reason : new Error(`${host} cannot be reached`, { cause: error })
    })
    if (!response.ok || !response.body) throw new Error(`${host} answers ${response.status}`)
    const report = progress(Number(response.headers.get('content-length')), say)
    const count = new Transform({
      transform(chunk: Buffer, _, next) {
        timer.refresh()
        hash.update(chunk)
        report(chunk.length)
        next(null, chunk)
      },
    })
    await pipeline(Readable.fromWeb(response.body as ReadableStream<Uint8Array>), count, createWriteStream(file), {
      signal: control.signal,
    })
    return hash.digest('hex')
  } finally {
    clearTimeout(timer)
  }
}

/** Says one line at each quarter. */
function progress(sizeBytes: number, say: (line: string) => void): (bytes: number) => void {
  let got = 0
  let shown = 0
  return (bytes) => {
    got += bytes
    const quarter = sizeBytes > 0 ? Math.floor((4 * got) / sizeBytes) : 0
    if (quarter > shown) say(`  ${25 * quarter} % of ${Math.round(sizeBytes / 1e6)} MB`)
    shown = Math.max(shown, quarter)
  }
}
