/** The replicas of one revision at one place, as many as are wanted, and since when none has been healthy. */
import type { RevisionStatus } from '../../adapters/target/target.ts'
import type { OutputFile } from './output-file.ts'
import type { Backend } from './proxy/contract.ts'
import type { Replica, ReplicaEvents, ReplicaOptions } from './replica.ts'
import { startReplica } from './replica.ts'
import type { RevisionState } from './state.ts'

/** A wanted replica: by which run, and how often an earlier life of the runtime had started it. */
export type Slot = Pick<ReplicaOptions, 'fence' | 'restarts'>

export interface RevisionSet {
  readonly version: string
  readonly output: OutputFile
<<<<<<< /tmp/rt2/tree/ops/local-runtime/revision-set.ts
  /** Starts or ends replicas until `replicas` run. Those that go get no new requests, are drained, then ended. */
  scale(replicas: number): void
  backends(): readonly Backend[]
  status(): RevisionStatus
  /** Ends all of them, undrained. */
=======
  /** Starts or ends replicas until each slot has one. Those that go get no new requests, are drained, then ended. */
  scale(slots: readonly Slot[]): void
  backends(): readonly Backend[]
  status(): RevisionStatus
  /** Ends every replica without draining. */
>>>>>>> ops/local-runtime/revision-set.ts
  stop(): Promise<void>
}

export interface RevisionSetOptions {
  readonly spec: RevisionState
  readonly artifactFolder: string
  readonly output: OutputFile
  readonly events: ReplicaEvents
<<<<<<< /tmp/rt2/tree/ops/local-runtime/revision-set.ts
  /** Resolves when a replica that gets no new requests answers none any more, or its time to drain is over. */
  readonly drained: (replica: string) => Promise<void>
  /** It had traffic before the runtime died: unless it comes back it is dead since then, not just not ready yet. */
  readonly servedBefore: boolean
}

export function createRevisionSet(options: RevisionSetOptions): RevisionSet {
  const { spec, artifactFolder, outputFolder, events, drained, servedBefore } = options
  const lost = (why: string) => console.error(JSON.stringify({ message: 'output is lost', revision: spec.revision, why }))
  const output = openOutput(join(outputFolder, `${spec.revision}.log`), spec.version, lost)
  const replicas: Replica[] = []
  const all = new Set<Replica>()
  let wasHealthy = servedBefore
  let deadSinceMs = servedBefore ? Date.now() : null
=======
  /** Resolves when a replica that was withdrawn from routing answers nothing any more, or its time to drain is over. */
  readonly drained: (replica: string) => Promise<void>
  /** It was serving before the runtime died: unless it comes back it is dead since then, not just not ready yet. */
  readonly servingBefore: boolean
}

export function createRevisionSet(options: RevisionSetOptions): RevisionSet {
  const { spec, artifactFolder, output, events, drained } = options
  const replicas: Replica[] = []
  const all = new Set<Replica>()
  let wasHealthy = options.servingBefore
  let deadSinceMs = options.servingBefore ? Date.now() : null
>>>>>>> ops/local-runtime/revision-set.ts
  const backends = () => replicas.flatMap((replica) => replica.backend() ?? [])
  const noticed: ReplicaEvents = {
    ...events,
    changed() {
      const healthy = backends().length > 0
      wasHealthy ||= healthy
      deadSinceMs = healthy || !wasHealthy ? null : (deadSinceMs ?? Date.now())
      events.changed()
    },
  }
  const stop = (replica: Replica) => replica.stop().finally(() => all.delete(replica))
  const leave = async (replica: Replica, name: string | undefined) => {
    if (name !== undefined) await drained(name)
    await stop(replica)
  }
  return {
    version: spec.version,
    output,
<<<<<<< /tmp/rt2/tree/ops/local-runtime/revision-set.ts
    scale(wanted) {
      while (replicas.length < wanted) {
        const replica = startReplica({ index: replicas.length, spec, folder: artifactFolder, output, events: noticed })
        replicas.push(replica)
        all.add(replica)
      }
      const leaving = replicas.splice(wanted).map((replica) => ({ replica, name: replica.backend()?.replica }))
      // Out of the routing first: a request must not meet a process that was told to end.
=======
    scale(slots) {
      for (const [index, slot] of [...slots.entries()].slice(replicas.length)) {
        const replica = startReplica({ index, spec, ...slot, folder: artifactFolder, output, events: noticed })
        replicas.push(replica)
        all.add(replica)
      }
      const leaving = replicas.splice(slots.length).map((replica) => ({ replica, name: replica.backend()?.replica }))
>>>>>>> ops/local-runtime/revision-set.ts
      if (leaving.length > 0) noticed.changed()
      for (const { replica, name } of leaving) void leave(replica, name)
    },
    backends,
    status: () => ({
      revision: spec.revision,
      version: spec.version,
      wantedReplicas: replicas.length,
      readyReplicas: backends().length,
      deadSinceMs,
      detail: replicas.find((replica) => replica.backend() === null)?.detail() ?? 'healthy',
    }),
    async stop() {
      replicas.length = 0
      await Promise.all([...all].map(stop))
    },
  }
}
