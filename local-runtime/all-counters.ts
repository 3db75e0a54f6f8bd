/**
 * Reads what all proxies of the machine have counted. A proxy that is stuck or starting again does not hold back the counters of others.
 */
import { pause } from '../adapters/timer.ts'
import type { EnvironmentRef } from '../domain/identity.ts'
import type { RunningEnvironment } from './running-environment.ts'
import type { ProxyCounters } from './proxy/contract.ts'

/** Well below the time that readers wait for an answer. */
const patienceMs = 500

export async function readAllCounters(
  environments: Iterable<Pick<RunningEnvironment, 'state' | 'proxy'>>,
): Promise<readonly { readonly ref: EnvironmentRef; readonly counters: ProxyCounters }[]> {
  const nowMs = Date.now()
  const ended = new AbortController()
  const late = pause(patienceMs, ended.signal)
  const read = [...environments].map(async ({ state: { ref }, proxy }) => {
    const counters = await Promise.race([proxy?.read(nowMs).catch(() => null), late])
    return counters ? [{ ref, counters }] : []
  })
  const counters = (await Promise.all(read)).flat()
  ended.abort()
  return counters
}
