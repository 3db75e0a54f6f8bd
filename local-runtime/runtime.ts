/** All places of one machine, their recovery after a kill, and the log of every effect. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { EffectRow } from '../adapters/local-runtime/protocol.ts'
import type { Place } from '../domain/identity.ts'
import { placeKey } from '../domain/identity.ts'
import { Problem } from '../domain/problem.ts'
import type { Users } from '../adapters/process/users.ts'
import { pause, startTimer } from '../adapters/timer.ts'
import { openEffectLog } from './effect-log.ts'
import { neededRows } from './effects.ts'
import { createPatientLog } from './patient-log.ts'
import type { EnvironmentDependencies } from './place.ts'
import type { PortRange } from './ports.ts'
import { createPorts, portRange } from './ports.ts'
import { RunningPlace } from './place.ts'
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
  /** From the last sign of life before a kill to a place answering users again, the longest; null where nothing was killed. */
  lastOutageMs(): number | null
  readonly places: ReadonlyMap<string, RunningPlace>
  /** For places that declare none. */
  readonly givenPorts: PortRange
  /** State that could not be used, and is kept beside what is served. */
  setAside(): readonly SetAside[]
  /** The place, made where it is new. */
  placeAt(place: Place): Promise<RunningPlace>
  /** @throws Problem not-found */
  existing(key: string): RunningPlace
  effects(place: string): Promise<readonly EffectRow[]>
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
/** What a place ends the runtime by shows this soon after it was restored: health checks and requests have begun. */
const showsWithinMs = 1_000

/**
 * Opens `home`; ends what an earlier life left, starts it again, restores weights.
 * @param firstPort of the hundred ports for places that declare none @param others that released processes run as
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
  const serving = Object.keys(state.places).filter((key) => Object.keys(state.places[key]?.weights ?? {}).length > 0)
  const outage = watchOutage(wasKilled ? file.lastAliveAtMs : null, serving, warn)
  const unusedPort = createPorts(firstPort, () => Object.values(state.places).flatMap((other) => heldPorts(other)))
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
  const places = new Map(
    Object.values(state.places).map((known) => [placeKey(known.place), new RunningPlace(known, dependencies)]),
  )
  await restoreAll(places, starts, (place) => place.restore(rows))
  const calm = startTimer(calmMs, starts.survived, { idle: true })
  await beat()
  const alive = setInterval(() => {
    patient.flush()
    if (!isSaving) dependencies.saveGroups()
    void beat()
  }, aliveEveryMs)
  let making: Promise<unknown> = Promise.resolve()
  const make = async (place: Place): Promise<RunningPlace> => {
    const key = placeKey(place)
    const known = places.get(key)
    if (known) return known
    // Each saves, which blocks: between two that are asked for at once others are answered.
    await nextTurn()
    const made = new RunningPlace(newPlace(place), dependencies)
    // Saved with the first thing that is kept of it.
    state.places[key] = made.state
    places.set(key, made)
    return made
  }
  return {
    store,
    secrets,
    users,
    lastOutageMs: outage.lastOutageMs,
    places,
    givenPorts: portRange(firstPort),
    setAside: () => listSetAside(home),
    placeAt(place) {
      // One after the other: two that ask at once get the same place, and two places get two ports.
      const made = making.then(() => make(place))
      making = made.catch(() => {})
      return made
    },
    existing(key) {
      const place = places.get(key)
      if (!place) throw new Problem('not-found', `nothing runs at ${key}`)
      return place
    },
    effects: async (place) => (await log.rows()).filter((row) => row.place === place),
    async stop() {
      calm.cancel()
      starts.survived()
      process.off('uncaughtExceptionMonitor', noted)
      await Promise.all([...places.values()].map((place) => place.stop()))
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
  places: ReadonlyMap<string, RunningPlace>,
  starts: Starts,
  restore: (place: RunningPlace) => Promise<void>,
): Promise<void> {
  const held = async ([key, place]: readonly [string, RunningPlace]) => {
    try {
      await restore(place)
    } catch (error) {
      starts.restoring(key)
      throw error
    }
  }
  if (starts.failedInARow < mostFailures) return void (await Promise.all([...places].map(held)))
  for (const entry of places) {
    starts.restoring(entry[0])
    await held(entry)
    await pause(showsWithinMs)
  }
  starts.restoring(null)
}

const newPlace = (place: Place): RunningPlace['state'] => ({
  place: { ...place },
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
