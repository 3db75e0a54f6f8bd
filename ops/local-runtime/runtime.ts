/** All places of one machine, their recovery after a kill, and the log of every effect. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import * as wire from '../../adapters/local-runtime/protocol.ts'
import type { Place } from '../../domain/identity.ts'
import { placeKey } from '../../domain/identity.ts'
import { Problem } from '../../domain/problem.ts'
import { freePort } from '../components/process.ts'
import { openLineFile } from './durable-file.ts'
import { endLeftoverGroup } from './groups.ts'
import type { PlaceDoors } from './place.ts'
import { RunningPlace } from './place.ts'
import { openState } from './state.ts'
import type { Store } from './store.ts'
import { openStore } from './store.ts'

export interface LocalRuntime {
  readonly store: Store
  /** From the last sign of life before a kill to places being routed again; null where nothing was killed. */
  readonly lastOutageMs: number | null
  readonly places: ReadonlyMap<string, RunningPlace>
  /** The place, made where it is new. */
  placeAt(place: Place): Promise<RunningPlace>
  /** @throws Problem not-found */
  existing(key: string): RunningPlace
  effects(place: string): Promise<readonly wire.EffectRow[]>
  stop(): Promise<void>
}

const firstPort = 7_500
const lastPort = 7_599
const aliveEveryMs = 1_000

/** Opens `home`; ends what an earlier life left, starts it again, restores weights. */
export async function openRuntime(home: string): Promise<LocalRuntime> {
  const { state, save } = openState(home)
  const effects = openLineFile(join(home, 'effects.jsonl'))
  const store = openStore(home)
  const log: PlaceDoors['log'] = (row, place) => effects.append({ at: new Date().toISOString(), place, ...row })
  const doors: PlaceDoors = { home, store, state, save, log }
  const places = new Map<string, RunningPlace>()
  const killedAtMs = Object.keys(state.groups).length > 0 ? state.aliveAtMs : null
  await Promise.all(Object.values(state.groups).map(({ pid, startedAt }) => endLeftoverGroup(pid, startedAt, 0)))
  state.groups = {}
  save()
  const rows = wire.EffectRow.array().parse(await effects.rows())
  for (const placeState of Object.values(state.places)) {
    const place = new RunningPlace(placeState, doors)
    places.set(place.key, place)
    const logged = rows.filter((row) => row.place === place.key).map(({ generation = 0 }) => generation)
    await place.restore(logged.reduce((newest, generation) => Math.max(newest, generation), 0))
  }
  const alive = setInterval(save, aliveEveryMs)
  return {
    store,
    lastOutageMs: killedAtMs === null ? null : Date.now() - killedAtMs,
    places,
    async placeAt(place) {
      const key = placeKey(place)
      const known = places.get(key)
      if (known) return known
      const port = await unusedPort(new Set(Object.values(state.places).map((other) => other.port)))
      const made = new RunningPlace(newPlace(place, port), doors)
      state.places[key] = made.state
      places.set(key, made)
      save()
      return made
    },
    existing(key) {
      const place = places.get(key)
      if (!place) throw new Problem('not-found', `nothing runs at ${key}`)
      return place
    },
    effects: async (place) =>
      wire.EffectRow.array()
        .parse(await effects.rows())
        .filter((row) => row.place === place),
    async stop() {
      clearInterval(alive)
      await Promise.all([...places.values()].map((place) => place.stop()))
      save()
      effects.close()
    },
  }
}

const newPlace = (place: Place, port: number): RunningPlace['state'] => ({
  place: { ...place },
  router: null,
  port,
  directSecret: randomBytes(32).toString('base64url'),
  generation: 0,
  weights: {},
  weightsFence: null,
  fence: { workflowId: '', turn: 0, step: 0 },
  revisions: {},
})

/** The lowest port of ours that nobody uses; kept with the place from then on. */
async function unusedPort(taken: ReadonlySet<number>): Promise<number> {
  for (let port = firstPort; port <= lastPort; port += 1) {
    if (taken.has(port)) continue
    const free = await freePort(port).then(
      () => true,
      () => false,
    )
    if (free) return port
  }
  throw new Problem('port-taken', `no port of ${firstPort}-${lastPort} is free`, {
    hint: "declare 'port' in the environment's traffic",
  })
}
