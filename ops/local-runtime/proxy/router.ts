/** From a table to the replica of one request: an independent weighted draw over revisions, then round robin over its replicas. */
import type { RouteTable } from './contract.ts'
import type { Replica, Replicas } from './replicas.ts'

interface Candidate {
  readonly revision: string
  readonly weight: number
  readonly replicas: readonly Replica[]
  next: number
}

export interface Router {
  readonly generation: number
  readonly weights: Readonly<Record<string, number>>
  readonly release: string | undefined
  /**
   * The replica for one request, or undefined when nothing healthy has weight. @param draw in [0, 1): the lowest are the first route's, so
   * that whoever keeps a draw stays there when its weight grows
   */
  choose(draw: number): Replica | undefined
  /** A replica of this very revision, whatever its weight. */
  direct(revision: string): Replica | undefined
  /** Of requests drawn for this revision; undefined: the proxy's. */
  timeoutMs(revision: string): number | undefined
}

/** A revision without a healthy backend is out of the draw: its part goes to the others in proportion. */
export function createRouter(table: RouteTable, replicas: Replicas): Router {
  const all = table.routes.map(({ revision, weight, backends }): Candidate => {
    const found = backends.map(({ replica }) => replicas.get(replica)).filter((replica) => replica !== undefined)
    return { revision, weight, replicas: found, next: 0 }
  })
  const timeouts = new Map(table.routes.map(({ revision, timeoutMs }) => [revision, timeoutMs]))
  const byRevision = new Map(all.map((candidate) => [candidate.revision, candidate]))
  const drawn = all.filter(({ weight, replicas: healthy }) => weight > 0 && healthy.length > 0)
  const total = drawn.reduce((sum, { weight }) => sum + weight, 0)
  return {
    generation: table.generation,
    release: table.release,
    weights: Object.fromEntries(all.map((each) => [each.revision, drawn.includes(each) ? (each.weight * 100) / total : 0])),
    choose(draw) {
      let left = draw * total
      for (const candidate of drawn) {
        left -= candidate.weight
        if (left < 0) return pick(candidate)
      }
      return drawn[0] && pick(drawn[0])
    },
    direct(revision) {
      const candidate = byRevision.get(revision)
      return candidate && pick(candidate)
    },
    timeoutMs: (revision) => timeouts.get(revision),
  }
}

// Not the least busy one: a replica that fails fast is never busy and would draw everything to itself. Equal loads are also what the
// analysis compares halves of replicas by.
function pick(candidate: Candidate): Replica | undefined {
  candidate.next = (candidate.next + 1) % Math.max(1, candidate.replicas.length)
  return candidate.replicas[candidate.next]
}
