/** One place: its proxy, its revisions, its weights; and the fence that keeps the late from touching them. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EffectRow } from '../../adapters/local-runtime/protocol.ts'
import type { RevisionSpec, RevisionStatus } from '../../adapters/target/target.ts'
import type { TrafficState, Weights } from '../../adapters/traffic/traffic.ts'
import type { Fence } from '../../domain/fence.ts'
import { isLate } from '../../domain/fence.ts'
import { placeKey } from '../../domain/identity.ts'
import { Problem } from '../../domain/problem.ts'
import type { OutputRow } from './output-file.ts'
import { lastRows, outputFiles, pruneOutput } from './output-file.ts'
import type { Proxy } from './proxy/contract.ts'
import { createProxy } from './proxy/proxy.ts'
import type { RevisionSet } from './revision-set.ts'
import { createRevisionSet } from './revision-set.ts'
import type { PlaceState, RevisionState, RuntimeState } from './state.ts'
import type { Store } from './store.ts'

export interface PlaceDoors {
  readonly home: string
  readonly store: Store
  readonly state: RuntimeState
  readonly save: () => void
  readonly log: (row: Omit<EffectRow, 'at' | 'place'>, place: string) => void
}

export class RunningPlace {
  readonly key: string
  readonly state: PlaceState
  proxy: Proxy | null = null
  readonly #doors: PlaceDoors
  readonly #sets = new Map<string, RevisionSet>()
  #closing: readonly string[] = []
  #loggedGeneration = 0

  constructor(state: PlaceState, doors: PlaceDoors) {
    this.key = placeKey(state.place)
    this.state = state
    this.#doors = doors
  }

  /** After the runtime's own start: what was wanted runs again, weights as they were. @param logged the newest generation in the log */
  async restore(logged: number): Promise<void> {
    this.#loggedGeneration = logged
    this.#logWeights()
    if (this.state.router) await this.#listen()
    for (const revision of Object.values(this.state.revisions)) {
      const artifactFolder = await this.#doors.store.folderOf(revision.artifact)
      if (revision.removing) delete this.state.revisions[revision.revision]
      else if (artifactFolder) this.#start(revision, artifactFolder)
    }
    this.#route()
  }

  /** Makes the place reachable at its port. A changed timeout or stickiness takes a new proxy on the same port. */
  async open(router: NonNullable<PlaceState['router']>): Promise<TrafficState> {
    const changed = JSON.stringify(router) !== JSON.stringify(this.state.router)
    if (this.proxy && !changed) return this.traffic()
    this.state.router = router
    if (router.port) this.state.port = router.port
    await this.proxy?.close()
    await this.#listen()
    this.#doors.save()
    this.#route()
    return this.traffic()
  }

  async run(spec: Omit<RevisionSpec, 'config'> & Pick<RevisionState, 'config'>, replicas: number, fence: Fence): Promise<void> {
    const artifactFolder = await this.#doors.store.folderOf(spec.artifact)
    // No waiting from here on: whoever passes has changed the place before anybody newer can.
    this.#pass(fence)
    if (!artifactFolder) throw new Problem('invalid-input', `artifact ${spec.artifact} is not in the store`)
    const known = this.state.revisions[spec.revision]
    if (known?.removing) throw new Problem('target-not-ready', `version ${spec.version} is being removed`)
    const revision: RevisionState = known ? { ...known, replicas, fence } : { ...spec, replicas, fence, removing: false }
    this.state.revisions[spec.revision] = revision
    this.#doors.save()
    this.#start(revision, artifactFolder)
  }

  /** No new requests, drained, ended. Answers when it is gone, or soon with `target-not-ready` while it is still going. */
  async remove(revision: string, fence: Fence, patienceMs: number): Promise<void> {
    this.#pass(fence)
    if ((this.state.weights[revision] ?? 0) > 0) throw new Problem('wrong-phase', `revision ${revision} still has traffic`)
    const known = this.state.revisions[revision]
    if (known && !known.removing) {
      this.state.revisions[revision] = { ...known, removing: true, fence }
      this.#doors.save()
      void this.#retire(revision)
    }
    const until = Date.now() + patienceMs
    while (this.state.revisions[revision]?.removing) {
      if (Date.now() > until) throw new Problem('target-not-ready', `revision ${revision} is still draining or ending`)
      await sleep(20)
    }
  }

  /** Compare and set. Holds for the next request, and after a kill. */
  setWeights(weights: Weights, ifGeneration: number, fence: Fence, closeStreams: readonly string[]): number {
    this.#pass(fence)
    const strange = Object.keys(weights).find((revision) => this.state.revisions[revision]?.removing !== false)
    if (strange !== undefined) throw new Problem('invalid-input', `revision ${strange} does not run at ${this.key}`)
    const sum = Object.values(weights).reduce((total, weight) => total + weight, 0)
    if (sum !== 100 && Object.keys(weights).length > 0) throw new Problem('invalid-input', `weights sum to ${sum}, not 100`)
    this.#closing = closeStreams
    if (!sameWeights(weights, this.state.weights)) {
      if (ifGeneration !== this.state.generation) {
        throw new Problem(
          'stale-generation',
          `weights of ${this.key} are at generation ${this.state.generation}, not ${ifGeneration}`,
        )
      }
      this.#change({ weights: { ...weights }, generation: ifGeneration + 1, weightsFence: fence })
    }
    this.#logWeights()
    this.#route()
    return this.state.generation
  }

  traffic(): TrafficState {
    const { weights, generation, port } = this.state
    const effective = this.proxy?.effective().weights ?? {}
    return { asked: weights, effective, generation, url: `http://127.0.0.1:${port}` }
  }

  status(): readonly RevisionStatus[] {
    return [...this.#sets.values()].map((set) => set.status())
  }

  /** A healthy replica of a revision, for smoke tests before there is a proxy. */
  backendOf(revision: string) {
    return this.#sets.get(revision)?.backends()[0]
  }

  /** The last lines of what runs, or of a version that may be gone, oldest first. */
  async output(version: string | null, lines: number): Promise<readonly OutputRow[]> {
    const tails =
      version === null
        ? [...this.#sets.values()].map((set) => set.output.tail(lines))
        : outputFiles(this.#outputFolder).map((path) => lastRows(path, lines))
    const rows = (await Promise.all(tails)).flat().filter((row) => version === null || row.version === version)
    return rows.toSorted((a, b) => a.atMs - b.atMs).slice(-lines)
  }

  async stop(): Promise<void> {
    await this.proxy?.close()
    await Promise.all([...this.#sets.values()].map((set) => set.stop()))
  }

  get #outputFolder(): string {
    return join(this.#doors.home, 'output', this.key.replace('/', '.'))
  }

  /** Atomically with the change that follows: refuse the late, remember the newest, beyond a kill and where nothing changes too. */
  #pass(fence: Fence): void {
    if (isLate(this.state.fence, fence)) {
      const { turn, step } = this.state.fence
      throw new Problem('stale-turn', `turn ${fence.turn}.${fence.step} came after ${turn}.${step} at ${this.key}`)
    }
    const isNewer = isLate(fence, this.state.fence)
    this.state.fence = fence
    if (isNewer) this.#doors.save()
  }

  /** What cannot be saved does not hold either. */
  #change(next: Pick<PlaceState, 'weights' | 'generation' | 'weightsFence'>): void {
    const { weights, generation, weightsFence } = this.state
    Object.assign(this.state, next)
    try {
      this.#doors.save()
    } catch (error) {
      Object.assign(this.state, { weights, generation, weightsFence })
      throw error
    }
  }

  /** Once per generation, whenever the runtime is killed or the disk is full between the change and its row. */
  #logWeights(): void {
    const { weights, generation, weightsFence } = this.state
    if (!weightsFence || this.#loggedGeneration >= generation) return
    this.#doors.log({ kind: 'weights', ...weightsFence, generation, weights: { ...weights } }, this.key)
    this.#loggedGeneration = generation
  }

  async #listen(): Promise<void> {
    const { place, port, directSecret, router } = this.state
    if (!router) return
    const { timeoutMs, sticky, edgesMs } = router
    this.proxy = await createProxy({ place, port, timeoutMs, sticky, edgesMs: edgesMs.toSorted((a, b) => a - b), directSecret })
  }

  #start(revision: RevisionState, artifactFolder: string): void {
    let set = this.#sets.get(revision.revision)
    if (!set) {
      pruneOutput(this.#outputFolder)
      set = createRevisionSet({
        spec: revision,
        artifactFolder,
        outputFolder: this.#outputFolder,
        events: {
          started: (replica, pid, startedAt, restart) => {
            this.#doors.state.groups[replica] = { pid, startedAt }
            this.#doors.save()
            this.#log('started', revision.revision, replica, restart)
          },
          ended: (replica) => {
            delete this.#doors.state.groups[replica]
            this.#doors.save()
            this.#log('ended', revision.revision, replica)
          },
          changed: () => this.#route(),
        },
      })
      this.#sets.set(revision.revision, set)
    }
    set.scale(revision.replicas)
  }

  #log(kind: 'started' | 'ended', revision: string, replica: string, restart?: number): void {
    const fence = this.state.revisions[revision]?.fence ?? this.state.fence
    this.#doors.log({ kind, ...fence, revision, replica, ...(restart === undefined ? {} : { restart }) }, this.key)
  }

  /** The table follows weights and health: a version without a healthy replica never gets traffic. */
  #route(): void {
    const routes = [...this.#sets].map(([revision, set]) => ({
      revision,
      version: set.status().version,
      weight: this.state.weights[revision] ?? 0,
      backends: set.backends(),
    }))
    this.proxy?.setTable({ generation: this.state.generation, routes, closeStreams: this.#closing })
  }

  async #retire(revision: string): Promise<void> {
    const set = this.#sets.get(revision)
    const drainMs = this.state.revisions[revision]?.config.drainMs ?? 0
    if (this.proxy) await Promise.race([this.proxy.drained(revision), sleep(drainMs, undefined, { ref: false })])
    await set?.stop()
    this.#sets.delete(revision)
    delete this.state.revisions[revision]
    this.#doors.save()
    this.#route()
  }
}

function sameWeights(a: Weights, b: Weights): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...names].every((name) => (a[name] ?? 0) === (b[name] ?? 0))
}
