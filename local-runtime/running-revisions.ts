/**
 * The revisions that run at one environment. Starts, drains and ends their replicas, keeps their output, and lists the backends for the
 * proxy.
 */
import { join } from 'node:path'
import { pause, within } from '../adapters/timer.ts'
import type { RevisionStatus } from '../adapters/target/target.ts'
import type { RecordDependencies } from './effect-rows.ts'
import { recordsOf } from './effect-rows.ts'
import type { Exits } from './exits.ts'
import { openExits } from './exits.ts'
import type { OutputRow } from './output-file.ts'
import { lastRows, openOutput, outputFiles, pruneOutput } from './output-file.ts'
import type { RevisionRoute } from './proxy/contract.ts'
import type { RevisionSet } from './revision-set.ts'
import { createRevisionSet } from './revision-set.ts'
import type { Secrets } from './secrets.ts'
import type { ServiceUsers } from './service-users.ts'
import type { EnvironmentState, RevisionState } from './state.ts'
import type { Store } from './store.ts'
import type { ThreadedProxy } from './threaded-proxy.ts'
import { isSeriesOf } from './threaded-proxy.ts'

export interface RunningRevisions {
  /**
   * Starts a revision, or changes its number of replicas. Returns its status.
   * @param restarts by slot: how often an earlier life of the runtime started it
   */
  start(revision: RevisionState, restarts: readonly number[], servingBefore?: boolean): RevisionStatus
  /** Waits until its requests are answered or its time to drain is over. Then it ends the processes and forgets the revision. */
  remove(revision: string): Promise<void>
  /** Each with its weight and healthy replicas. */
  routes(): readonly RevisionRoute[]
  status(): readonly RevisionStatus[]
  /** The last lines of what runs, or of a version that may be gone, oldest first. */
  output(version: string | null, lines: number): Promise<readonly OutputRow[]>
  /** Bytes that were dropped because they were printed too fast. */
  droppedBytes(): number
  /** Ends every process without draining. */
  stop(): Promise<void>
}

export interface RunningRevisionsOptions {
  /** The environment's key. */
  readonly key: string
  readonly state: EnvironmentState
  readonly outputFolder: string
  /** The environment's file of exits; see `Exits`. */
  readonly exitsFile: string
  readonly dependencies: RecordDependencies & {
    readonly secrets: Secrets
    readonly store: Store
    readonly users: ServiceUsers
    readonly warn: (message: string) => void
  }
  readonly proxy: () => ThreadedProxy | null
  /** Called when the backends change. */
  readonly changed: () => void
}

const drainPollMs = 50

export function createRunningRevisions(options: RunningRevisionsOptions): RunningRevisions {
  const { state, outputFolder, proxy } = options
  const sets = new Map<string, RevisionSet>()
  /** Bytes of removed revisions, so that the counter never goes backwards. */
  let droppedBefore = 0
  const exits = openExits(options.exitsFile, options.dependencies.warn)
  return {
    start(revision, restarts, servingBefore = false) {
      const set = sets.get(revision.revision) ?? begin(options, exits, revision, servingBefore)
      sets.set(revision.revision, set)
      set.scale(revision.slots.map((fencingToken, index) => ({ fencingToken, restarts: restarts[index] ?? 0 })))
      return set.status()
    },
    async remove(revision) {
      const drainMs = state.revisions[revision]?.config.drainMs ?? 0
      const listening = proxy()
      if (listening) await within(drainMs, (late) => Promise.race([listening.drained(revision), aborted(late)]))
      await sets.get(revision)?.stop()
      droppedBefore += sets.get(revision)?.output.droppedBytes() ?? 0
      sets.delete(revision)
      exits.forget(revision)
    },
    routes: () =>
      [...sets].map(([revision, set]) => ({
        revision,
        version: set.version,
        weight: state.weights[revision] ?? 0,
        backends: set.backends(),
        ...excuseOf(set),
      })),
    status: () => [...sets.values()].map((set) => set.status()),
    async output(version, lines) {
      const running = version === null ? [...sets.values()].map((set) => set.output.tail(lines)) : []
      const printed = (await Promise.all(running)).flat()
      // The output of a version that may be gone. Where nothing runs, or what runs has printed nothing, the output of earlier revisions.
      const before = printed.length > 0 ? [] : outputFiles(outputFolder).map((path) => lastRows(path, lines))
      const rows = [...printed, ...(await Promise.all(before)).flat()]
      return rows
        .filter((row) => version === null || row.version === version)
        .toSorted((a, b) => a.n - b.n)
        .slice(-lines)
    },
    droppedBytes: () => [...sets.values()].reduce((sum, set) => sum + set.output.droppedBytes(), droppedBefore),
    async stop() {
      await Promise.all([...sets.values()].map((set) => set.stop()))
    },
  }
}

function excuseOf(set: RevisionSet): Pick<RevisionRoute, 'excusedUntilMs'> {
  const excusedUntilMs = set.excusedUntilMs()
  return excusedUntilMs === undefined ? {} : { excusedUntilMs }
}

function begin(options: RunningRevisionsOptions, exits: Exits, revision: RevisionState, servingBefore: boolean): RevisionSet {
  const { key, state, outputFolder, dependencies, changed } = options
  pruneOutput(outputFolder)
  const path = join(outputFolder, `${revision.revision}.log`)
  const lost = (why: string) => dependencies.warn(`output of ${revision.version} at ${key} is lost: ${why}`)
  // The end of a removed process is logged under the removal's token, any other end under the token of the run that asked for the process.
  const removal = () => {
    const known = state.revisions[revision.revision]
    return known?.removing ? known.fencingToken : undefined
  }
  return createRevisionSet({
    spec: revision,
    workingCopy: async (name) => dependencies.store.copyOut(revision.artifact, name, dependencies.users.of(state.ref)),
    secretOf: (name) => dependencies.secrets.valueOf(state.ref, name),
    output: openOutput(path, revision.version, lost),
    events: { ...recordsOf(dependencies, key, revision.revision, removal), changed },
    drained: (replica) => drainedReplica(options, replica, revision.config.drainMs),
    servingBefore,
    exits,
  })
}

/** Waits for the last answers of a replica that has left the table. */
async function drainedReplica({ proxy }: RunningRevisionsOptions, replica: string, drainMs: number): Promise<void> {
  const until = Date.now() + drainMs
  const inFlight = async () => {
    const counters = await proxy()?.read(Date.now())
    return counters?.samples.find((sample) => isSeriesOf(replica, sample.replica))?.inFlight ?? 0
  }
  // A proxy that has just ended has no requests in flight.
  while ((await inFlight().catch(() => 0)) > 0 && Date.now() < until) await pause(drainPollMs)
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
