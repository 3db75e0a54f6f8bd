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
  /** The longest time from the last sign of life before a kill until an environment answered users again; null without a kill. */
  lastOutageMs(): number | null
  readonly environments: ReadonlyMap<string, RunningEnvironment>
  /** The ports for environments that declare none. */
  readonly givenPorts: PortRange
  /** State that could not be used and was set aside. */
  setAside(): readonly SetAside[]
  /** The environment, created if it is new. */
  environmentAt(ref: EnvironmentRef): Promise<RunningEnvironment>
  /** @throws Problem not-found */
  existing(key: string): RunningEnvironment
  effects(ref: string): Promise<readonly EffectRow[]>
  stop(): Promise<void>
}

/** The users that released processes run as, and the folder of their working copies. They cannot enter the runtime's own home. */
export interface OtherUsers {
  readonly users: Users
  readonly folder: string
}

const aliveEveryMs = 250
/** A fault of the start ends the runtime within this time. */
const calmMs = 60_000
/** A fault of one environment ends the runtime within this time after its restore, when health checks and requests have begun. */
const showsWithinMs = 1_000

/**
 * Opens `home`: ends the processes that an earlier life left, starts them again, and restores weights.
 * @param firstPort the first of the hundred ports for environments that declare none
 * @param others the users that released processes run as; null: the runtime's own user
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
  // Opened after the recovery, which ends leftover processes: the store removes their working copies.
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
    // Without this file, a kill leaves processes unknown. To refuse every start and end because of a full disk would be worse.
    saveGroups() {
      try {
        saveGroups()
        isSaving = true
      } catch (error) {
        if (isSaving) warn(`the list of running processes cannot be saved: ${(error as Error).message}`)
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
    // A save blocks the process. This lets it answer others between two environments that are created at once.
    await nextTurn()
    const made = new RunningEnvironment(newEnvironment(ref), dependencies)
    // It is saved with its first change.
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
      // One after the other, so that two callers at once get the same environment, and two environments get two ports.
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

/** Restores all environments at once. After failed starts, it restores one after the other, to find the one that ends the runtime. */
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
  fencingToken: { workflowId: '', token: 0, step: 0 },
  revisions: {},
})
