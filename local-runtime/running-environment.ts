/** One environment: its front, its revisions, its weights, and the fencing token that refuses late changes. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { z } from 'zod'
import type { EffectRow, WeightsBody } from '../adapters/local-runtime/protocol.ts'
import type { RevisionSpec, RevisionStatus } from '../adapters/target/target.ts'
import type { TrafficState, Weights } from '../adapters/traffic/traffic.ts'
import type { FencingToken } from '../domain/queue/fencing-token.ts'
import { isLate } from '../domain/queue/fencing-token.ts'
import { environmentKey } from '../domain/identity.ts'
import { Problem } from '../domain/problem.ts'
import { restartsOf } from './effect-rows.ts'
import { moved, portsOf, timeoutOf } from './routing.ts'
import type { Front } from './front.ts'
import { createFront } from './front.ts'
import type { OutputRow } from './output-file.ts'
import type { RunningRevisions } from './running-revisions.ts'
import { createRunningRevisions } from './running-revisions.ts'
import type { EnvironmentState, RevisionState, RouterConfig, RuntimeState } from './state.ts'
import type { Secrets } from './secrets.ts'
import type { ServiceUsers } from './service-users.ts'
import type { Store } from './store.ts'
import type { ThreadedProxy } from './threaded-proxy.ts'
import { refuseUnsound, sameWeights } from './weights.ts'

export interface EnvironmentDependencies {
  readonly home: string
  readonly store: Store
  readonly secrets: Secrets
  readonly users: ServiceUsers
  readonly state: RuntimeState
  readonly save: () => void
  readonly saveGroups: () => void
  /** Appends a row about a process. Never throws: a row that finds no space is written later. */
  readonly logProcess: (row: EffectRow) => void
  /** Appends to the effect log; synced. */
  readonly log: (row: EffectRow) => void
  /** Called whenever a healthy version has traffic, so users get answers. */
  readonly served: (ref: string) => void
  /** A port for an environment that declares none. @throws Problem port-taken when no port is free */
  readonly unusedPort: () => Promise<number>
  /** The file that a proxy's thread runs. */
  readonly proxyCode: URL
  /** Tells the operator about a fault that the runtime survives. */
  readonly warn: (message: string) => void
}

export type MoreOfWeights = Pick<z.output<typeof WeightsBody>, 'closeStreams' | 'router' | 'trial'>

export class RunningEnvironment {
  readonly key: string
  readonly state: EnvironmentState
  readonly #dependencies: EnvironmentDependencies
  readonly #front: Front
  readonly #running: RunningRevisions
  #closing: readonly string[] = []
  #loggedGeneration = 0

  constructor(state: EnvironmentState, dependencies: EnvironmentDependencies) {
    this.key = environmentKey(state.ref)
    this.state = state
    this.#dependencies = dependencies
    const { unusedPort, proxyCode, warn } = dependencies
    this.#front = createFront({
      state,
      unusedPort,
      proxyCode,
      warn,
      persist: (change) => this.#persist(change),
      onProxy: () => void this.#route(),
      onEffective: () => this.#serves(),
    })
    this.#running = createRunningRevisions({
      key: this.key,
      state,
      outputFolder: join(dependencies.home, 'output', this.key.replace('/', '.')),
      exitsFile: join(dependencies.home, 'exits', `${this.key.replace('/', '.')}.json`),
      dependencies,
      proxy: () => this.proxy,
      changed: () => void this.#route(),
    })
  }

  /** Null until the environment was opened, and while another program has its port. */
  get proxy(): ThreadedProxy | null {
    return this.#front.proxy()
  }

  /**
   * Restores the environment after the runtime's own start: wanted revisions run again, weights are as they were.
   * @param rows of the effect log
   */
  async restore(rows: readonly EffectRow[]): Promise<void> {
    for (const row of rows)
      if (row.ref === this.key) this.#loggedGeneration = Math.max(this.#loggedGeneration, row.generation ?? 0)
    this.#logWeights()
    for (const revision of Object.values(this.state.revisions)) {
      // A removal ends with the processes, and those are gone.
      if (revision.removing) delete this.state.revisions[revision.revision]
      else this.#running.start(revision, restartsOf(rows, this.key, revision), this.#hasWeight(revision.revision))
    }
    await this.#front.restore()
  }

  /**
   * Makes the environment reachable as `router` says, at that port alone. Changed settings apply to the next request, and no counter starts
   * anew.
   * @param next the router of a version that is to be promoted later
   * @throws Problem stale-token, port-taken
   */
  async open(router: RouterConfig, fencingToken: FencingToken, next: RouterConfig | null): Promise<TrafficState> {
    this.#refuseLate(fencingToken)
    this.#remember(fencingToken)
    await this.#front.open(router, () => this.#refuseLate(fencingToken))
    if (next) await this.#front.assertPort(next)
    return this.traffic()
  }

  async run(
    spec: Omit<RevisionSpec, 'config'> & Pick<RevisionState, 'config'>,
    replicas: number,
    fencingToken: FencingToken,
  ): Promise<RevisionStatus> {
    if (!(await this.#dependencies.store.has(spec.artifact)))
      throw new Problem('invalid-input', `artifact ${spec.artifact} is not in the store`, {
        hint: 'release it again by its path',
      })
    // Nothing is awaited from here to the save, so what has passed the check is what is changed.
    this.#refuseLate(fencingToken)
    const known = this.state.revisions[spec.revision]
    if (known?.removing) throw new Problem('target-not-ready', `version ${spec.version} is being removed`)
    const slots = Array.from({ length: replicas }, (_, index) => known?.slots[index] ?? fencingToken)
    const revision: RevisionState = { ...(known ?? { ...spec, removing: false }), replicas, fencingToken, slots }
    this.#persist({ fencingToken, revisions: { ...this.state.revisions, [spec.revision]: revision } })
    return this.#running.start(revision, [])
  }

  /**
   * Withdraws a revision from routing, drains it and ends it. Answers when it is gone, or soon with `target-not-ready` while it still
   * drains.
   */
  async remove(revision: string, fencingToken: FencingToken, patienceMs: number): Promise<void> {
    this.#refuseLate(fencingToken)
    const known = this.state.revisions[revision]
    if (!known) return this.#remember(fencingToken)
    if ((this.state.weights[revision] ?? 0) > 0) throw new Problem('wrong-phase', `revision ${revision} still has traffic`)
    if (!known.removing) {
      this.#persist({
        fencingToken,
        revisions: { ...this.state.revisions, [revision]: { ...known, removing: true, fencingToken } },
      })
      void this.#finishRemoval(revision)
    } else this.#remember(fencingToken)
    const until = Date.now() + patienceMs
    while (this.state.revisions[revision]?.removing) {
      if (Date.now() > until) throw new Problem('target-not-ready', `revision ${revision} is still draining or ending`)
      await sleep(20)
    }
  }

  /**
   * Sets weights, and the router settings that go with them, in one change. They hold for the next request and survive a kill. Weights that
   * are in place are a repeat.
   * @throws Problem stale-token, invalid-input, port-taken
   */
  async setWeights(weights: Weights, fencingToken: FencingToken, more: MoreOfWeights): Promise<TrafficState> {
    this.#refuseUnfit(weights, fencingToken)
    // Both ports answer before the weights change. The check runs again, because a newer step may have come meanwhile.
    const port = more.router ? await this.#front.listenFor(more.router) : 0
    this.#refuseUnfit(weights, fencingToken)
    const { generation } = this.state
    const front = more.router ? { ...moved(this.state, more.router, port), trial: more.trial } : {}
    if (sameWeights(weights, this.state.weights)) this.#persist({ ...front, fencingToken })
    else
      this.#persist({ ...front, weights: { ...weights }, generation: generation + 1, fencingToken, weightsToken: fencingToken })
    this.#logWeights()
    this.#closing = more.closeStreams
    this.#front.configure()
    // The answer says which weights are in effect, so this waits for the proxy's thread. It answers within a millisecond, or is being
    // started again.
    await this.#route()
    return this.traffic()
  }

  #refuseUnfit(weights: Weights, fencingToken: FencingToken): void {
    this.#refuseLate(fencingToken)
    refuseUnsound(weights, this.state)
  }

  /** Logs the weights once per generation, also where the runtime was killed or the disk was full between the change and its row. */
  #logWeights(): void {
    const { weights, generation, weightsToken } = this.state
    if (!weightsToken || this.#loggedGeneration >= generation) return
    this.#dependencies.log({
      at: new Date().toISOString(),
      ref: this.key,
      kind: 'weights',
      ...weightsToken,
      generation,
      weights: { ...weights },
    })
    this.#loggedGeneration = generation
  }

  traffic(): TrafficState {
    const { weights, generation } = this.state
    const effective = this.proxy?.effective().weights ?? {}
    const [port] = portsOf(this.state)
    return { desired: weights, effective, generation, url: `http://127.0.0.1:${port}` }
  }

  status(): readonly RevisionStatus[] {
    return this.#running.status()
  }

  /** Bytes that were dropped because its services printed them too fast. */
  droppedBytes(): number {
    return this.#running.droppedBytes()
  }

  /** The last lines of what runs, or of a version that may be gone, oldest first. */
  output(version: string | null, lines: number): Promise<readonly OutputRow[]> {
    return this.#running.output(version, lines)
  }

  /**
   * Closes the environment and frees its ports. Only the fencing token is remembered, so that no late step opens it again.
   * @throws Problem stale-token, wrong-phase while something runs here
   */
  close(fencingToken: FencingToken): Promise<void> {
    return this.#front.leave(() => {
      this.#refuseLate(fencingToken)
      const left = Object.values(this.state.revisions).map(({ version }) => version)
      if (left.length > 0) throw new Problem('wrong-phase', `${left.join(', ')} still runs at ${this.key}`)
      this.#persist({ fencingToken, router: null, port: 0, formerPorts: [], trial: null })
    })
  }

  /** Takes no new requests, gives requests in flight a short while, then ends the processes. */
  async stop(): Promise<void> {
    await this.#front.close()
    await this.#running.stop()
  }

  /** Remembers the token of a step that found nothing to change, so that no older step comes after it either. */
  #remember(fencingToken: FencingToken): void {
    if (isLate(fencingToken, this.state.fencingToken)) this.#persist({ fencingToken })
  }

  /** Makes a change and saves it. A change that cannot be saved is not made. @throws Problem target-unavailable */
  #persist(change: Partial<EnvironmentState>): void {
    const before = { ...this.state }
    Object.assign(this.state, change)
    try {
      this.#dependencies.save()
    } catch (error) {
      Object.assign(this.state, before)
      throw new Problem('target-unavailable', `the local runtime cannot keep its state: ${(error as Error).message}`, {
        hint: 'free space on the disk',
      })
    }
  }

  /** Refuses a late step. The caller stores the token with the change that follows, before it awaits anything. */
  #refuseLate(fencingToken: FencingToken): void {
    if (!isLate(this.state.fencingToken, fencingToken)) return
    const { token, step } = this.state.fencingToken
    throw new Problem('stale-token', `${fencingToken.token}.${fencingToken.step} came after ${token}.${step} at ${this.key}`)
  }

  #hasWeight(revision: string): boolean {
    return (this.state.weights[revision] ?? 0) > 0
  }

  /** Builds the table from weights and health. A version without a healthy replica gets no traffic. */
  #route(): Promise<void> | undefined {
    const { trial, weightsToken, generation } = this.state
    const routes = this.#running
      .routes()
      .map((route) => ({ ...route, ...timeoutOf(this.state, route.revision) }))
      .toSorted((a, b) => Number(b.revision === trial?.revision) - Number(a.revision === trial?.revision))
    // One workflow moves the weights of one rollout, whatever happens to its runs and workers, so its id names the release.
    const release = trial && weightsToken ? { release: weightsToken.workflowId } : {}
    return this.proxy?.setTable({ generation, ...release, routes, closeStreams: this.#closing })
  }

  #serves(): void {
    if (Object.values(this.proxy?.effective().weights ?? {}).some((weight) => weight > 0)) this.#dependencies.served(this.key)
  }

  async #finishRemoval(revision: string): Promise<void> {
    await this.#running.remove(revision)
    delete this.state.revisions[revision]
    void this.#route()
    try {
      this.#dependencies.save()
    } catch (error) {
      // The revision is gone. The next start finds it being removed and forgets it then.
      this.#dependencies.warn(`the removal of ${revision} from ${this.key} could not be saved: ${(error as Error).message}`)
    }
  }
}
