/** Chooses the replica of one request: an independent weighted draw over revisions, then round robin over the revision's replicas. */
import type { RevisionRoute, RouteTable } from './contract.ts'
import type { Replica, Replicas } from './replicas.ts'

interface Candidate {
  readonly route: RevisionRoute
  readonly revision: string
  readonly weight: number
  readonly replicas: readonly Replica[]
  next: number
}

/** The replica that answers one request, and the revision that missed it. */
export interface Chosen {
  /** Undefined when no revision with weight has a healthy replica. */
  readonly replica: Replica | undefined
  /** The revision that the request was drawn for, when it has no healthy replica. Another revision answers, or none. */
  readonly missed: RevisionRoute | undefined
}

export interface Router {
  readonly generation: number
  readonly weights: Readonly<Record<string, number>>
  readonly release: string | undefined
  /**
   * Draws over all revisions with weight, healthy or not. A request that falls on a revision without a healthy replica is missed. @param
   * draw in [0, 1). The lowest draws go to the first route, so a client that keeps its draw stays there when that route's weight grows.
   */
  choose(draw: number): Chosen
  /** A replica of this very revision, whatever its weight. */
  direct(revision: string): Replica | undefined
  /** For requests that are drawn for this revision; undefined: the proxy's own. */
  timeoutMs(revision: string): number | undefined
}

/** The other revisions share, by weight, the requests that a revision without a healthy backend misses. */
export function createRouter(table: RouteTable, replicas: Replicas): Router {
  const all = table.routes.map((route): Candidate => {
    const found = route.backends.map(({ replica }) => replicas.get(replica)).filter((replica) => replica !== undefined)
    return { route, revision: route.revision, weight: route.weight, replicas: found, next: 0 }
  })
  const timeouts = new Map(table.routes.map(({ revision, timeoutMs }) => [revision, timeoutMs]))
  const byRevision = new Map(all.map((candidate) => [candidate.revision, candidate]))
  const weighted = all.filter(({ weight }) => weight > 0)
  const healthy = weighted.filter((candidate) => candidate.replicas.length > 0)
  const total = totalOf(healthy)
  return {
    generation: table.generation,
    release: table.release,
    weights: Object.fromEntries(all.map((each) => [each.revision, healthy.includes(each) ? (each.weight * 100) / total : 0])),
    choose(draw) {
      const meant = drawn(weighted, draw)
      if (!meant) return { replica: undefined, missed: undefined }
      if (meant.candidate.replicas.length > 0) return { replica: pick(meant.candidate), missed: undefined }
      const instead = drawn(healthy, meant.rest)
      return { replica: instead && pick(instead.candidate), missed: meant.candidate.route }
    },
    direct(revision) {
      const candidate = byRevision.get(revision)
      return candidate && pick(candidate)
    },
    timeoutMs: (revision) => timeouts.get(revision),
  }
}

const totalOf = (candidates: readonly Candidate[]): number => candidates.reduce((sum, { weight }) => sum + weight, 0)

/** Draws by weight. `rest` is where the draw fell within the candidate's part; it serves as another draw. @param draw uniform in [0, 1) */
function drawn(candidates: readonly Candidate[], draw: number): { candidate: Candidate; rest: number } | undefined {
  let left = draw * totalOf(candidates)
  for (const candidate of candidates) {
    if (left < candidate.weight) return { candidate, rest: Math.max(0, left) / candidate.weight }
    left -= candidate.weight
  }
  const [first] = candidates
  return first && { candidate: first, rest: 0 }
}

// Not the least busy replica: one that fails fast is never busy and would get everything. The analysis also compares halves of the
// replicas, which needs equal loads.
function pick(candidate: Candidate): Replica | undefined {
  candidate.next = (candidate.next + 1) % Math.max(1, candidate.replicas.length)
  return candidate.replicas[candidate.next]
}
