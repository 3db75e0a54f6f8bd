/**
 * Every replica that a proxy has sent requests to: its tally, its idle connections, and how long its counters stay readable. Also counts
 * the requests that a revision without a healthy replica missed.
 */
import { Agent } from 'node:http'
import type { ClientRequest } from 'node:http'
import type { Socket } from 'node:net'
import type { ReplicaHistory } from '../../domain/analysis/counters.ts'
import type { Asking } from './client-tally.ts'
import type { ReplicaSample, RevisionRoute, RouteTable } from './contract.ts'
import { createTally } from './tally.ts'
import type { Owed, Tally } from './tally.ts'

/** How long the counters of a replica outlive its place in the table. */
const keepMs = 600_000
/** A crash loop makes a new replica at every start. The oldest are forgotten first. */
const keepAtMost = 64
/**
 * Backends close idle connections (Node after 5 s, some after 2 s). The proxy closes them first: after this time, or a second before the
 * end that the backend's `Keep-Alive: timeout` announces (Node's agent does that).
 */
const idleMs = 1_500
const maxIdleSockets = 256
/**
 * A request that must not be sent twice takes a kept connection only when that was busy this recently, because the backend may be closing
 * one that has been idle for longer. On loopback a new connection costs 0.1 ms.
 */
const warmMs = 250

/** How much a kept connection had read when a request took it. Stored on the request. */
const readBefore = Symbol('bytes read before')

interface Marked {
  [readBefore]?: number
}

/** True for a request on a kept connection that gave no byte of an answer: the backend had closed the connection already. */
export const metStaleSocket = (request: ClientRequest): boolean =>
  request.reusedSocket && request.socket?.bytesRead === (request as Marked)[readBefore]

/** When a kept connection became idle, by the monotonic clock. Stored on the socket. */
const idleSince = Symbol('idle since')

interface Idle {
  [idleSince]?: number
}

/** The agent of `replica` for a request that must not be sent twice; false gives the request a connection of its own. */
export function agentForOnce({ agent }: Pick<Replica, 'agent'>): Agent | false {
  const next = agent.freeSockets['']?.at(-1) as Idle | undefined
  return next === undefined || performance.now() - (next[idleSince] ?? 0) < warmMs ? agent : false
}

export interface Replica {
  readonly revision: string
  readonly version: string
  readonly replica: string
  readonly port: number
  readonly tally: Tally
  readonly agent: Agent
  inFlight: number
  /** Epoch; undefined while the table names it. */
  drainingSinceMs: number | undefined
}

export interface Replicas {
  /** Takes over the backends of a table, and drains replicas that it no longer names. */
  adopt(table: RouteTable, nowMs: number): void
  get(replica: string): Replica | undefined
  /**
   * A request was drawn for `route`, which has no healthy replica. It counts as an error of that revision, unless the revision is excused.
   * Returns the replica that counted it.
   */
  missed(route: RevisionRoute, asking: Asking | undefined, nowMs: number): Replica | undefined
  samples(nowMs: number, clockMs: number): readonly ReplicaSample[]
  history(revision: string, sinceMs: number, nowMs: number, edgesMs: readonly number[]): readonly ReplicaHistory[]
  /** Latency edges that are counted from now on. */
  change(edgesMs: readonly number[]): void
  close(): void
}

/** The replica, without a process, that counts what a revision without a healthy replica missed. */
const absentee = (revision: string): string => `${revision}-none`

export function createReplicas(declaredMs: readonly number[]): Replicas {
  let edgesMs = declaredMs
  const known = new Map<string, Replica>()
  const owedOf = (revision: string): Owed =>
    [...known.values()].find((replica) => replica.revision === revision)?.tally.owed ?? { errors: 0 }
  const add = (table: RouteTable, nowMs: number): Set<string> => {
    const named = new Set<string>()
    for (const { revision, version, backends } of table.routes) {
      // It is not drained before its revision is. A crash loop makes many replicas, and what the revision missed must not be forgotten.
      const none = known.get(absentee(revision))
      if (none) revive(none)
      named.add(absentee(revision))
      for (const { replica, port } of backends) {
        named.add(replica)
        const found = known.get(replica)
        if (found) revive(found)
        else
          known.set(replica, createReplica({ revision, version, replica, port }, createTally(edgesMs, nowMs, owedOf(revision))))
      }
    }
    return named
  }
  const prune = (nowMs: number): void => {
    const drained = [...known.values()].filter(({ drainingSinceMs, inFlight }) => drainingSinceMs !== undefined && inFlight === 0)
    const surplus = Math.max(0, drained.length - keepAtMost)
    drained.sort((a, b) => (a.drainingSinceMs ?? 0) - (b.drainingSinceMs ?? 0))
    for (const [index, { replica, drainingSinceMs = nowMs }] of drained.entries())
      if (index < surplus || nowMs - drainingSinceMs > keepMs) known.delete(replica)
  }
  return {
    adopt(table, nowMs) {
      const named = add(table, nowMs)
      for (const replica of known.values())
        if (!named.has(replica.replica) && replica.drainingSinceMs === undefined) drain(replica, nowMs)
      prune(nowMs)
    },
    get: (replica) => known.get(replica),
    missed({ revision, version, excusedUntilMs = 0 }, asking, nowMs) {
      if (nowMs < excusedUntilMs) return undefined
      const replica = absentee(revision)
      const none =
        known.get(replica) ??
        createReplica({ revision, version, replica, port: 0 }, createTally(edgesMs, nowMs, owedOf(revision)))
      known.set(replica, none)
      none.tally.failed({ sinceMs: -1, asking }, 'connection', 0, nowMs)
      return none
    },
    samples(nowMs, clockMs) {
      prune(nowMs)
      return [...known.values()].map(({ revision, version, replica, inFlight, tally }) => ({
        revision,
        version,
        replica,
        inFlight,
        ...tally.read(clockMs, nowMs),
        histogram: tally.histogram(),
      }))
    },
    history: (revision, sinceMs, nowMs, wantedMs) =>
      [...known.values()]
        .filter((replica) => replica.revision === revision)
        .map(({ replica, drainingSinceMs, tally }) => tally.history.read(replica, sinceMs, drainingSinceMs ?? nowMs, wantedMs)),
    change(nextMs) {
      edgesMs = nextMs
      for (const { tally } of known.values()) tally.change(nextMs)
    },
    close() {
      for (const { agent } of known.values()) agent.destroy()
    },
  }
}

function createReplica(of: Pick<Replica, 'revision' | 'version' | 'replica' | 'port'>, tally: Tally) {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: maxIdleSockets, timeout: idleMs, scheduling: 'lifo' })
  // An agent has one backend only, so its pools need no name per request.
  agent.getName = () => ''
  agent.keepSocketAlive = (socket) => {
    Object.assign(socket, { [idleSince]: performance.now() })
    return Agent.prototype.keepSocketAlive.call(agent, socket)
  }
  agent.reuseSocket = (socket, request) => {
    Object.assign(request, { [readBefore]: (socket as Socket).bytesRead })
    Agent.prototype.reuseSocket(socket, request)
  }
  return { ...of, agent, tally, inFlight: 0, drainingSinceMs: undefined } satisfies Replica as Replica
}

function revive(replica: Replica): void {
  replica.drainingSinceMs = undefined
  replica.agent.maxFreeSockets = maxIdleSockets
}

/** Ends idle connections now, and busy ones when their answer ends. `agent.destroy()` would cut busy ones. */
function drain(replica: Replica, nowMs: number): void {
  replica.drainingSinceMs = nowMs
  replica.agent.maxFreeSockets = 0
  for (const sockets of Object.values(replica.agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy()
}
