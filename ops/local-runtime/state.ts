/** What the runtime must know after its own death: places with their ports, weights, fences, and the processes it left. */
import { join } from 'node:path'
import { z } from 'zod'
import * as wire from '../../adapters/local-runtime/protocol.ts'
import { readJsonFile, replaceFile } from './durable-file.ts'

const RevisionState = z.object({
  revision: z.string(),
  version: z.string(),
  artifact: z.string(),
  config: wire.TargetConfig,
  replicas: z.int(),
  fence: wire.FenceBody,
  /** Drained and ended; kept until it is gone. */
  removing: z.boolean(),
})

const PlaceState = z.object({
  place: wire.PlaceBody,
  router: wire.RouterConfig.nullable(),
  port: z.int(),
  directSecret: z.string(),
  generation: z.int(),
  weights: wire.Weights,
  /** Of the change that made the generation. */
  weightsFence: wire.FenceBody.nullable().default(null),
  /** The newest turn and step that acted here: anything lower is refused. */
  fence: wire.FenceBody,
  revisions: z.record(z.string(), RevisionState),
})

const RuntimeState = z.object({
  places: z.record(z.string(), PlaceState),
  /** Process groups that may be running: pid and start time are their identity. */
  groups: z.record(z.string(), z.object({ pid: z.int(), startedAt: z.string() })),
  /** Written with every change and every second while it runs: after a kill, what the outage is measured from. */
  aliveAtMs: z.number(),
})

export type RevisionState = z.output<typeof RevisionState>
export type PlaceState = z.output<typeof PlaceState>
export type RuntimeState = z.output<typeof RuntimeState>

export interface StateFile {
  readonly state: RuntimeState
  /** Persists the state; synced before it returns. */
  save(): void
}

export function openState(home: string): StateFile {
  const path = join(home, 'state.json')
  const state = RuntimeState.parse(readJsonFile(path) ?? { places: {}, groups: {}, aliveAtMs: 0 })
  const save = () => {
    state.aliveAtMs = Date.now()
    replaceFile(path, JSON.stringify(state))
  }
  return { state, save }
}
