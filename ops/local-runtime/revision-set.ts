/** The replicas of one revision at one place, as many as are wanted, and since when none has been healthy. */
import { join } from 'node:path'
import type { RevisionStatus } from '../../adapters/target/target.ts'
import type { OutputFile } from './output-file.ts'
import { openOutput } from './output-file.ts'
import type { Backend } from './proxy/contract.ts'
import type { Replica, ReplicaEvents } from './replica.ts'
import { startReplica } from './replica.ts'
import type { RevisionState } from './state.ts'

export interface RevisionSet {
  readonly output: OutputFile
  /** Starts or ends replicas until `replicas` run. */
  scale(replicas: number): void
  backends(): readonly Backend[]
  status(): RevisionStatus
  stop(): Promise<void>
}

export interface RevisionSetOptions {
  readonly spec: RevisionState
  readonly artifactFolder: string
  readonly outputFolder: string
  readonly events: ReplicaEvents
}

export function createRevisionSet({ spec, artifactFolder, outputFolder, events }: RevisionSetOptions): RevisionSet {
  const lost = (why: string) => console.error(JSON.stringify({ message: 'output is lost', revision: spec.revision, why }))
  const output = openOutput(join(outputFolder, `${spec.revision}.log`), spec.version, lost)
  const replicas: Replica[] = []
  const leaving = new Set<Promise<void>>()
  let wasHealthy = false
  let deadSinceMs: number | null = null
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
  const leave = (replica: Replica) => {
    const gone = replica.stop().finally(() => leaving.delete(gone))
    leaving.add(gone)
  }
  return {
    output,
    scale(wanted) {
      while (replicas.length < wanted) {
        replicas.push(startReplica({ index: replicas.length, spec, folder: artifactFolder, output, events: noticed }))
      }
      for (const replica of replicas.splice(wanted)) leave(replica)
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
      for (const replica of replicas.splice(0)) leave(replica)
      await Promise.all(leaving)
    },
  }
}
