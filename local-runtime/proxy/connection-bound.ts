/**
 * How many clients one proxy holds at a time: all proxies, and the runtime itself, have their files from one number that the system sets.
 */
import { readFileSync } from 'node:fs'

/** Each client may have a connection to a replica too: clients of four services that are full leave nothing, of three a quarter. */
const share = 8
const most = 10_000
/** Where the system does not say. */
const preset = 1_024

/** @param limits as Linux has them in `/proc/self/limits` */
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
