/**
 * How many client connections one proxy holds at a time. All proxies and the runtime itself share the system's limit of open files.
 */
import { readFileSync } from 'node:fs'

/** Each client may cost two files, because it may have a connection to a replica too. Three full services leave a quarter, four nothing. */
const share = 8
const most = 10_000
/** Used where the system does not name its limit. */
const preset = 1_024

/** @param limits the text of Linux's `/proc/self/limits` */
export function connectionBound(limits = limitsHere()): number {
  const [, files] = /^Max open files\s+(\d+|unlimited)/m.exec(limits) ?? []
  const known = files === 'unlimited' ? Number.POSITIVE_INFINITY : Number(files ?? preset)
  return Math.min(most, Math.floor(known / share))
}

function limitsHere(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8')
  } catch {
    return ''
  }
}
