/** All environments of one machine, their recovery after a kill, and the log of every effect. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { EffectRow } from '../adapters/local-runtime/protocol.ts'
import type { EnvironmentRef } from '../domain/identity.ts'
import { environmentKey } from '../domain/identity.ts'
import { Problem } from '../domain/problem.ts'
import type { Users } from '../adapters/process/users.ts'
import { pause, startTimer } from '../adapters/timer.ts'
import { openEffectLog } from './effect-log.ts'
import { neededRows } from './effect-rows.ts'
import { createPatientLog } from './patient-log.ts'
import type { EnvironmentDependencies } from './running-environment.ts'
import type { PortRange } from './ports.ts'
import { createPorts, portRange } from './ports.ts'
import { RunningEnvironment } from './running-environment.ts'
import { takeLock } from './lock.ts'
import { proxyCodeIn } from './proxy-code.ts'
import { recover, watchOutage } from './recovery.ts'
import { heldPorts } from './routing.ts'
import { listSetAside } from './set-aside.ts'
import type { SetAside } from './set-aside.ts'
import type { Starts } from './starts.ts'
import { openStarts } from './starts.ts'
import { mostFailures, openState } from './state.ts'
import type { Secrets } from './secrets.ts'
import type { ServiceUsers } from './service-users.ts'
import { openServiceUsers } from './service-users.ts'
import type { Store } from './store.ts'
import { defaultLimits, openStore } from './store.ts'

export interface LocalRuntime {
  readonly store: Store
  readonly secrets: Secrets
  readonly users: ServiceUsers
  /** From the last sign of life before a kill to an environment answering users again, the longest; null where nothing was killed. */
  lastOutageMs(): number | null
  readonly environments: ReadonlyMap<string, RunningEnvironment>
  /** For environments that declare none. */
  readonly givenPorts: PortRange
  /** State that could not be used, and is kept beside what is served. */
  setAside(): readonly SetAside[]
  /** The environment, made where it is new. */
  environmentAt(ref: EnvironmentRef): Promise<RunningEnvironment>
  /** @throws Problem not-found */
  existing(key: string): RunningEnvironment
  effects(ref: string): Promise<readonly EffectRow[]>
  stop(): Promise<void>
}

/** Who is not the runtime's user, with the folder of their working copies: our home is closed to them. */
export interface OtherUsers {
  readonly users: Users
  readonly folder: string
}

const aliveEveryMs = 250
/** What a start ends by, it ends by before this. */
const calmMs = 60_000
/** What an environment ends the runtime by shows this soon after it was restored: health checks and requests have begun. */
const showsWithinMs = 1_000

/**
 * Opens `home`; ends what an earlier life left, starts it again, restores weights.
 * @param firstPort of the hundred ports for environments that declare none @param others that released processes run as
 * @throws Problem already-in-flight
 */
export async function openRuntime(
  home: string,
  firstPort: number,
  secrets: Secrets,
  warn: (message: string) => void,
  limits = defaultLimits,
  others: OtherUsers | null = null,
): Promise<LocalRuntime> {
  const lock = takeLock(home)
  const starts = openStarts(home)
  const noted = () => starts.failed()
  process.on('uncaughtExceptionMonitor', noted)
  const file = openState(home, starts, warn)
  const { state, save, saveGroups, beat } = file
  const log = openEffectLog({ folder: home, needed: (rows) => neededRows(rows, state), warn })
  const wasKilled = Object.keys(state.groups).length > 0
  const rows = await recover(file, await log.rows(), log.append)
  // After the processes that an earlier life left are ended: their working copies are cleared away.
  const store = openStore(home, limits, warn, others?.folder)
  const users = openServiceUsers(home, others?.users ?? null)
  const serving = Object.keys(state.environments).filter((key) => Object.keys(state.environments[key]?.weights ?? {}).length > 0)
  const outage = watchOutage(wasKilled ? file.lastAliveAtMs : null, serving, warn)
  const unusedPort = createPorts(firstPort, () => Object.values(state.environments).flatMap((other) => heldPorts(other)))
  const patient = createPatientLog(log.append, warn)
  let isSaving = true
  const dependencies: EnvironmentDependencies = {
    home,
    store,
    secrets,
    users,
    state,
    save,
    // Not written, it is of no use after a kill; to start or end nothing for that would be worse.
    saveGroups() {
      try {
        saveGroups()
        isSaving = true
      } catch (error) {
        if (isSaving) warn(`what runs cannot be written down: ${(error as Error).message}`)
        isSaving = false
      }
    },
    log: log.append,
    logProcess: patient.append,
    served: outage.served,
    unusedPort,
    proxyCode: proxyCodeIn(join(home, 'proxy-code'), warn),
    warn,
  }
  const environments = new Map(
    Object.values(state.environments).map((known) => [environmentKey(known.ref), new RunningEnvironment(known, dependencies)]),
  )
  await restoreAll(environments, starts, (running) => running.restore(rows))
  const calm = startTimer(calmMs, starts.survived, { idle: true })
  await beat()
  const alive = setInterval(() => {
    patient.flush()
    if (!isSaving) dependencies.saveGroups()
    void beat()
  }, aliveEveryMs)
  let making: Promise<unknown> = Promise.resolve()
  const make = async (ref: EnvironmentRef): Promise<RunningEnvironment> => {
    const key = environmentKey(ref)
    const known = environments.get(key)
    if (known) return known
    // Each saves, which blocks: between two that are asked for at once others are answered.
    await nextTurn()
    const made = new RunningEnvironment(newEnvironment(ref), dependencies)
    // Saved with the first thing that is kept of it.
    state.environments[key] = made.state
    environments.set(key, made)
    return made
  }
  return {
    store,
    secrets,
    users,
    lastOutageMs: outage.lastOutageMs,
    environments,
    givenPorts: portRange(firstPort),
    setAside: () => listSetAside(home),
    environmentAt(ref) {
      // One after the other: two that ask at once get the same environment, and two environments get two ports.
      const made = making.then(() => make(ref))
      making = made.catch(() => {})
      return made
    },
    existing(key) {
      const running = environments.get(key)
      if (!running) throw new Problem('not-found', `nothing runs at ${key}`)
      return running
    },
    effects: async (ref) => (await log.rows()).filter((row) => row.ref === ref),
    async stop() {
      calm.cancel()
      starts.survived()
      process.off('uncaughtExceptionMonitor', noted)
      await Promise.all([...environments.values()].map((running) => running.stop()))
      store.close()
      clearInterval(alive)
      patient.flush()
      save()
      await log.close()
      lock.release()
    },
  }
}

/** Together; but where starts have failed before, one after the other, each held alone against what ends the runtime now. */
async function restoreAll(
  environments: ReadonlyMap<string, RunningEnvironment>,
  starts: Starts,
  restore: (running: RunningEnvironment) => Promise<void>,
): Promise<void> {
  const held = async ([key, running]: readonly [string, RunningEnvironment]) => {
    try {
      await restore(running)
    } catch (error) {
      starts.restoring(key)
      throw error
    }
  }
  if (starts.failedInARow < mostFailures) return void (await Promise.all([...environments].map(held)))
  for (const entry of environments) {
    starts.restoring(entry[0])
    await held(entry)
    await pause(showsWithinMs)
  }
  starts.restoring(null)
}

const newEnvironment = (ref: EnvironmentRef): RunningEnvironment['state'] => ({
  ref: { ...ref },
  router: null,
  port: 0,
  formerPorts: [],
  trial: null,
  directSecret: randomBytes(32).toString('base64url'),
  generation: 0,
  weights: {},
  weightsToken: null,
  fencingToken: { workflowId: '', turn: 0, step: 0 },
  revisions: {},
})
