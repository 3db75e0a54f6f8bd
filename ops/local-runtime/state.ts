/** What the runtime must know after its own death: places with their ports, weights, fences, and the processes it left. */
import { renameSync, statSync, writeFileSync } from 'node:fs'
import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import * as wire from '../../adapters/local-runtime/protocol.ts'
import { readJsonFile, replaceFile } from './durable-file.ts'

const RevisionState = z
  .object({
    revision: z.string(),
    version: z.string(),
    artifact: z.string(),
    config: wire.TargetConfig,
    replicas: z.int(),
    /** Of the run or removal that wanted it as it is. */
    fence: wire.FenceBody,
    /** By slot, of the run that first wanted it. */
    slots: z.array(wire.FenceBody).default([]),
    /** Drained and ended; kept until it is gone. */
    removing: z.boolean(),
  })
  .transform((state) => ({
    ...state,
    slots: Array.from({ length: state.replicas }, (_, slot) => state.slots[slot] ?? state.fence),
  }))

const PlaceState = z.object({
  place: wire.PlaceBody,
  /** In force: the stable version's, once there is one. */
  router: wire.RouterConfig.nullable(),
  /** Its own one, for as long as `router` declares none. Zero until one is needed, then kept. */
  port: z.int(),
  /** Where it also answers: the port that a promotion moved from, or the one that a way back did. */
  formerPorts: z.array(z.int()).default([]),
  /** The version that is being tried, with what of the router's configuration is its own. */
  trial: wire.Trial.nullable().default(null),
  directSecret: z.string(),
  generation: z.int(),
  weights: wire.Weights,
  /** Of the change that made the generation. */
  weightsFence: wire.FenceBody.nullable().default(null),
  /** The newest turn and step that acted here: anything lower is refused. */
  fence: wire.FenceBody,
  revisions: z.record(z.string(), RevisionState),
})

/** A process group that may be running; see `LeftGroup`. Written before the process is started and after. */
const GroupState = z.object({
  pid: z.int(),
  startedAt: z.string(),
  port: z.int(),
  place: z.string(),
  revision: z.string(),
  fence: wire.FenceBody,
  restart: z.int(),
})

const PlacesState = z.object({ places: z.record(z.string(), PlaceState) })
/** By replica. */
const GroupsState = z.record(z.string(), GroupState)

export type RevisionState = z.output<typeof RevisionState>
export type RouterConfig = z.output<typeof wire.RouterConfig>
export type PlaceState = z.output<typeof PlaceState>
export type GroupState = z.output<typeof GroupState>
export type RuntimeState = z.output<typeof PlacesState> & { readonly groups: Record<string, GroupState> }

export interface StateFile {
  readonly state: RuntimeState
  /** When an earlier life was last seen to live; null at the first start. */
  readonly lastAliveAtMs: number | null
  /** Persists the places; synced before it returns. */
  save(): void
  /** Persists the groups; not synced: when the machine dies, so do they. */
  saveGroups(): void
  /** Leaves a sign of life. Costs no sync: it has to outlive the process only. */
  beat(): Promise<void>
}

export function openState(home: string): StateFile {
  const path = join(home, 'state.json')
  const alive = join(home, 'alive')
  const groupsPath = join(home, 'groups.json')
  const { places } = PlacesState.parse(readJsonFile(path) ?? { places: {} })
  const state: RuntimeState = { places, groups: readGroups(groupsPath) }
  const lastAliveAtMs = statSync(alive, { throwIfNoEntry: false })?.mtimeMs ?? null
  writeFileSync(alive, '', { mode: 0o600 })
  return {
    state,
    lastAliveAtMs,
    save: () => replaceFile(path, JSON.stringify({ places: state.places })),
    saveGroups() {
      writeFileSync(`${groupsPath}.new`, JSON.stringify(state.groups), { mode: 0o600 })
      renameSync(`${groupsPath}.new`, groupsPath)
    },
    async beat() {
      const now = new Date()
      await utimes(alive, now, now).catch(() => {})
    },
  }
}

/** Torn by a power cut means that nothing of it runs any more. */
function readGroups(path: string): Record<string, GroupState> {
  try {
    return GroupsState.parse(readJsonFile(path) ?? {})
  } catch {
    return {}
  }
}
