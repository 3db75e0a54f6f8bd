/** The replicas of one revision at one environment, and since when none has been healthy. */
import type { RevisionStatus } from '../adapters/target/target.ts'
import type { Exits, Known } from './exits.ts'
import type { OutputFile } from './output-file.ts'
import { createOutages } from './outages.ts'
import type { Backend } from './proxy/contract.ts'
import type { Replica, ReplicaEvents, ReplicaOptions } from './replica.ts'
import { startReplica } from './replica.ts'
import type { RevisionState } from './state.ts'

/** A replica that a run asked for: the token of that run, and how often an earlier life of the runtime started it. */
export type Slot = Pick<ReplicaOptions, 'fencingToken' | 'restarts'>

export interface RevisionSet {
  readonly version: string
  readonly output: OutputFile
  /** Starts or ends replicas until each slot has one. A surplus replica gets no new requests, is drained, then ended. */
  scale(slots: readonly Slot[]): void
  backends(): readonly Backend[]
  status(): RevisionStatus
  /**
   * Until then (epoch), requests that it misses are due to the runtime's own restart. Undefined once a replica was healthy in this life.
   */
  excusedUntilMs(): number | undefined
  /** Ends every replica without draining. */
  stop(): Promise<void>
}

export interface RevisionSetOptions {
  readonly spec: RevisionState
  readonly workingCopy: ReplicaOptions['workingCopy']
  readonly secretOf: ReplicaOptions['secretOf']
  readonly output: OutputFile
  readonly events: Omit<ReplicaEvents, 'healthy' | 'exited'>
  /** Resolves when a replica that was withdrawn from routing has answered its last request, or its time to drain is over. */
  readonly drained: (replica: string) => Promise<void>
  /** It was serving before the runtime died. Until it serves again, it counts as dead since then, not merely as unready. */
  readonly servingBefore: boolean
  readonly exits: Exits
}

/** A start that takes longer than this is no longer blamed on the runtime's restart. */
const longestExcuseMs = 30_000

export function createRevisionSet(options: RevisionSetOptions): RevisionSet {
  const { spec, workingCopy, secretOf, output, events, drained, exits } = options
  const replicas: Replica[] = []
  const all = new Set<Replica>()
  const outages = createOutages(options.servingBefore, Date.now())
  let excusedUntilMs = options.servingBefore ? Date.now() + longestExcuseMs : undefined
  const startMs = new Map<number, number>()
  const backends = () => replicas.flatMap((replica) => replica.backend() ?? [])
  const noticed: Omit<ReplicaEvents, 'healthy'> = {
    ...events,
    changed() {
      const healthy = backends().length > 0
      if (healthy) excusedUntilMs = undefined
      outages.note(healthy, Date.now())
      events.changed()
    },
    exited: (exit) => exits.add(spec.revision, exit),
  }
  const eventsOf = (index: number): ReplicaEvents => ({
    ...noticed,
    healthy(ms) {
      startMs.set(index, ms)
      exits.started(spec.revision, Math.max(...startMs.values()))
    },
  })
  /** Null once any replica has listened: the command works, so the others may become ready too. */
  const cannotStart = () =>
    outages.wasHealthy() || replicas.some((replica) => replica.hasListened())
      ? null
      : (replicas.map((replica) => replica.cannotStart()).find((why) => why !== null) ?? null)
  const stop = (replica: Replica) => replica.stop().finally(() => all.delete(replica))
  const leave = async (replica: Replica, name: string | undefined) => {
    if (name !== undefined) await drained(name)
    await stop(replica)
  }
  return {
    version: spec.version,
    output,
    scale(slots) {
      for (const [index, slot] of [...slots.entries()].slice(replicas.length)) {
        const replica = startReplica({
          index,
          spec,
          ...slot,
          wasHealthy: options.servingBefore && slot.restarts > 0,
          workingCopy,
          secretOf,
          output,
          events: eventsOf(index),
        })
        replicas.push(replica)
        all.add(replica)
      }
      const leaving = replicas.splice(slots.length).map((replica) => ({ replica, name: replica.backend()?.replica }))
      if (leaving.length > 0) noticed.changed()
      for (const { replica, name } of leaving) void leave(replica, name)
    },
    backends,
    status: () => ({
      revision: spec.revision,
      version: spec.version,
      wantedReplicas: replicas.length,
      readyReplicas: backends().length,
      ...outages.read(Date.now()),
      ...livesOf(exits.of(spec.revision)),
      detail: replicas.find((replica) => replica.backend() === null)?.detail() ?? 'healthy',
      cannotStart: cannotStart(),
    }),
    excusedUntilMs: () => excusedUntilMs,
    async stop() {
      replicas.length = 0
      await Promise.all([...all].map(stop))
    },
  }
}

const livesOf = ({ exits, count, startMs }: Known) => ({ exits, exitCount: count, startMs })
