/**
 * What one replica has counted of sticky clients. All requests of a client go to one version, so a client that fails with every version
 * would distort an error rate per request. Bad answers of one client in a row count as one, and it counts again after good answers.
 */
import type { ClientCounters, ClientKind } from '../../domain/analysis/counters.ts'
import type { ClientMemory, Judged } from './client-memory.ts'
import { createClientRoll } from './client-roll.ts'

/** Good answers in a row after which a client counts again, the first time. */
export const firstRun = 20
/** Of one client. Further kinds are not counted. */
const mostHolds = 16

/** A request's client. `judged` is null where the memory is full. */
export interface Asking {
  readonly judged: Judged | null
  readonly memory: ClientMemory
}

export interface ClientTally {
  /** Counts one outcome. @param bad the kinds of bad answer that it is @param hasLeft the client left first: only latency counts */
  outcome(asking: Asking, bad: readonly string[], atMs: number, hasLeft?: boolean): void
  /** Undefined while no sticky client has come. @param kinds in the result even when no answer of them was bad */
  read(kinds: readonly string[], nowMs: number): ClientCounters | undefined
}

/** Requests that no hold excludes are at risk. `requests` and `turns` of a kind are corrections: add them to those of all. */
type Kind = { -readonly [K in keyof Counted]: Counted[K] }
type Counted = Omit<ClientKind, 'failing' | 'lasting'>

const noKind = (): Kind => ({ bad: 0, requests: 0, turns: 0, newBad: 0, newTurns: 0 })

export function createClientTally(): ClientTally {
  const roll = createClientRoll()
  const kinds = new Map<string, Kind>()
  const all = noKind()
  /** Clients that left after they had waited for longer than an edge. */
  const late = noKind()
  let isMet = false
  const kindOf = (name: string): Kind => {
    const found = kinds.get(name) ?? noKind()
    kinds.set(name, found)
    return found
  }
  return {
    outcome({ judged, memory }, bad, atMs, hasLeft = false) {
      isMet = true
      if (judged === null) return
      const second = Math.floor(atMs / 1_000)
      const turn = second === judged.second ? 0 : 1
      judged.second = second
      roll.outcome(judged, bad, second, hasLeft)
      const base = hasLeft ? late : all
      base.requests += 1
      base.turns += turn
      if (judged.isNew) base.newTurns += turn
      const held = new Set<string>()
      for (const [name, hold] of judged.holds) {
        if (hold.left === 0 || (hasLeft && !isLatency(name))) continue
        held.add(name)
        const kind = kindOf(name)
        kind.requests -= 1
        kind.turns -= turn
        hold.left = bad.includes(name) ? hold.run : hold.left - 1
      }
      for (const name of bad) {
        if (held.has(name)) continue
        const before = judged.holds.get(name)
        if (before === undefined && judged.holds.size >= mostHolds) continue
        const kind = kindOf(name)
        kind.bad += 1
        if (judged.isNew) kind.newBad += 1
        // Keeps `bad` at most as large as the number at risk.
        kind.turns += 1 - turn
        const run = before === undefined ? firstRun : 2 * before.run
        judged.holds.set(name, { left: run, run })
        memory.keep(judged)
      }
    },
    read(wanted, nowMs) {
      if (!isMet) return undefined
      const second = Math.floor(nowMs / 1_000)
      const names = new Set([...wanted, ...kinds.keys()])
      const rows = [...names].map((name): [string, ClientCounters['kinds'][string]] => {
        const of = kinds.get(name) ?? noKind()
        const counted = sum(of, sum(all, isLatency(name) ? late : noKind()))
        return [name, { ...counted, failing: roll.failing(name, second), lasting: roll.lasting(name, second) }]
      })
      const { requests, turns, newTurns } = all
      return { requests, turns, newTurns, active: roll.active(second), kinds: Object.fromEntries(rows) }
    },
  }
}

const sum = (x: Counted, y: Counted): Counted => ({
  bad: x.bad + y.bad,
  requests: x.requests + y.requests,
  turns: x.turns + y.turns,
  newBad: x.newBad + y.newBad,
  newTurns: x.newTurns + y.newTurns,
})

const isLatency = (kind: string): boolean => kind.startsWith('slow ')
