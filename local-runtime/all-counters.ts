/** What all proxies of the machine have counted. One that is stuck, or being started again, keeps nobody else's counters back. */
import { pause } from '../adapters/timer.ts'
import type { Place } from '../domain/identity.ts'
import type { RunningPlace } from './place.ts'
import type { ProxyCounters } from './proxy/contract.ts'

/** Well under what readers wait for an answer. */
const patienceMs = 500

export async function readAllCounters(
  places: Iterable<Pick<RunningPlace, 'state' | 'proxy'>>,
): Promise<readonly { readonly place: Place; readonly counters: ProxyCounters }[]> {
  const nowMs = Date.now()
  const ended = new AbortController()
  const late = pause(patienceMs, ended.signal)
  const read = [...places].map(async ({ state: { place }, proxy }) => {
    const counters = await Promise.race([proxy?.read(nowMs).catch(() => null), late])
    return counters ? [{ place, counters }] : []
  })
  const counters = (await Promise.all(read)).flat()
  ended.abort()
  return counters
}
