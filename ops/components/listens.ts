/** Which process listens on a port. An answer may come from another program's server, while ours ended because the port was taken. */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs'

const listening = '0A'

/**
 * Whether process `pid` itself listens on `port` of loopback. It reads the kernel's tables, so it sends nothing to an unknown server.
 * Without these tables (macOS) the answer is true, and the caller needs another proof.
 */
export function listens(pid: number, port: number): boolean {
  if (process.platform !== 'linux') return true
  const inode = inodeOf(port)
  return inode !== undefined && sockets(pid).has(inode)
}

function inodeOf(port: number): string | undefined {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  for (const line of read('/proc/net/tcp').split('\n')) {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/)
    if (local?.endsWith(wanted) && state === listening) return inode
  }
  return undefined
}

function sockets(pid: number): ReadonlySet<string> {
  const folder = `/proc/${pid}/fd`
  const links = names(folder).map((name) => link(`${folder}/${name}`))
  return new Set(links.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []))
}

const read = (path: string): string => orEmpty(() => readFileSync(path, 'utf8'), '')
const names = (folder: string): readonly string[] => orEmpty(() => readdirSync(folder), [])
const link = (path: string): string => orEmpty(() => readlinkSync(path), '')

function orEmpty<T>(work: () => T, empty: T): T {
  try {
    return work()
  } catch {
    return empty
  }
}
