/**
 * Sticky clients in numbers: each asks once a second and stays with the version that it was drawn for, a look a second. Of `broken` clients
 * every request fails whatever version answers; `canaryRate` of the canary's other requests fail, and none of the stable version's.
 */
import { foldErrors } from '../domain/analysis/comparison.ts'
import { foldGuardrail, guardrailAt } from '../domain/analysis/guardrail.ts'
import { beginMixture, logE } from '../domain/analysis/mixture.ts'
import type { Draw } from './simulated-canary.ts'

export interface StickyCanary {
  readonly clients: number
  readonly weightPercent: number
  readonly broken: number
  readonly canaryRate: number
  /** Failed requests of one client that count in a release; after that none of its requests does. */
  readonly errorsPerClient: number
  /** Of both versions alike. */
  readonly errorRate: number
  readonly seconds: number
  readonly phi: number
  readonly limits: { readonly comparison: number; readonly guardrail: number }
}

/** The second at whose end the canary is sent back; null: never. */
export function stickySentBackAfter(draw: Draw, of: StickyCanary): number | null {
  const clients = Array.from({ length: of.clients }, (_, n) => ({
    isBroken: n < of.broken,
    onCanary: draw() * 100 < of.weightPercent,
    left: of.errorsPerClient,
  }))
  const guardrail = guardrailAt(0.05)
  let [test, guard, stableGuard] = [beginMixture(), beginMixture(), beginMixture()]
  for (let second = 1; second <= of.seconds; second += 1) {
    const seen = { a: 0, n: 0, b: 0, m: 0 }
    for (const client of clients) {
      if (client.left <= 0) continue
      const rate = client.isBroken ? 1 : client.onCanary ? Math.max(of.errorRate, of.canaryRate) : of.errorRate
      const isError = draw() < rate
      if (isError) client.left -= 1
      seen[client.onCanary ? 'n' : 'm'] += 1
      if (isError) seen[client.onCanary ? 'a' : 'b'] += 1
    }
    test = foldErrors(test, seen, 1, of.phi)
    guard = foldGuardrail(guard, guardrail, seen.a, seen.n, of.phi)
    stableGuard = foldGuardrail(stableGuard, guardrail, seen.b, seen.m, of.phi)
    const [limit, guardLimit] = [Math.log(of.limits.comparison), Math.log(of.limits.guardrail)]
    if (logE(test) >= limit || (logE(guard) >= guardLimit && logE(stableGuard) < guardLimit)) return second
  }
  return null
}
