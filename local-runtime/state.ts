/** What the runtime must know after its own death: environments with ports, weights and fencing tokens, and the processes that it left. */
import { renameSync, statSync, writeFileSync } from 'node:fs'
import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { environmentKey } from '../domain/identity.ts'
import * as wire from '../adapters/local-runtime/protocol.ts'
import { readJsonFile, replaceFile } from './durable-file.ts'
import { setAside, setAsideFile } from './set-aside.ts'
import type { Starts } from './starts.ts'

const RevisionState = z
  .object({
    revision: z.string(),
    version: z.string(),
    artifact: z.string(),
    config: wire.TargetConfig,
    replicas: z.int(),
    /** The token of the last run or removal of it. */
    fencingToken: wire.FencingTokenBody,
    /** By slot, the token of the run that first asked for it. */
    slots: z.array(wire.FencingTokenBody).default([]),
    /** True while it is being drained and ended. */
    removing: z.boolean(),
  })
  .transform((state) => ({
    ...state,
    slots: Array.from({ length: state.replicas }, (_, slot) => state.slots[slot] ?? state.fencingToken),
  }))

const EnvironmentState = z.object({
  ref: wire.EnvironmentBody,
  /** The present settings: the stable version's, once there is one. */
  router: wire.RouterConfig.nullable(),
  /** Its own port, used while `router` declares none. Zero until it is first needed, then kept. */
  port: z.int(),
  /** Further ports where it answers, after a promotion or a revert moved it. */
  formerPorts: z.array(z.int()).default([]),
  /** The canary, with its own settings of the router. */
  trial: wire.Trial.nullable().default(null),
  directSecret: z.string(),
  generation: z.int(),
  weights: wire.Weights,
  /** The token of the change that made the present generation. */
  weightsToken: wire.FencingTokenBody.nullable().default(null),
  /** The newest fencing token and step that acted here. A lower one is refused. */
  fencingToken: wire.FencingTokenBody,
  revisions: z.record(z.string(), RevisionState),
})

/** A process group that may be running; see `LeftGroup`. Written before and after the process starts. */
const GroupState = z.object({
  pid: z.int(),
  startedAt: z.string(),
  port: z.int(),
  ref: z.string(),
  revision: z.string(),
  fencingToken: wire.FencingTokenBody,
  restart: z.int(),
})

const EnvironmentsState = z.object({ environments: z.record(z.string(), z.unknown()) })
/** By replica. */
const GroupsState = z.record(z.string(), GroupState)

export type RevisionState = z.output<typeof RevisionState>
export type RouterConfig = z.output<typeof wire.RouterConfig>
export type EnvironmentState = z.output<typeof EnvironmentState>
export type GroupState = z.output<typeof GroupState>
export interface RuntimeState {
  readonly environments: Record<string, EnvironmentState>
  readonly groups: Record<string, GroupState>
}

export interface StateFile {
  readonly state: RuntimeState
  /** The last sign of life of an earlier life; null at the first start. */
  readonly lastAliveAtMs: number | null
  /** Persists the environments; synced before it returns. */
  save(): void
  /** Persists the groups. Not synced, because the groups die with the machine. */
  saveGroups(): void
  /** Leaves a sign of life. Not synced, because it has to survive the process only. */
  beat(): Promise<void>
}

/** After this many failed starts in a row, the runtime sets state aside. */
export const mostFailures = 2

/**
 * Reads the state. It sets aside what cannot be used, and the runtime serves the rest. That is an environment that cannot be read, or that
 * ended the runtime while it was restored alone; or the whole file, after several starts could not read it.
 */
export function openState(
  home: string,
  starts: Pick<Starts, 'failedInARow' | 'suspect'>,
  warn: (message: string) => void,
): StateFile {
  const path = join(home, 'state.json')
  const alive = join(home, 'alive')
  const groupsPath = join(home, 'groups.json')
  const { environments, isWhole } = soundEnvironments(home, readEnvironments(home, path, starts, warn), starts, warn)
  const state: RuntimeState = { environments, groups: readGroups(groupsPath) }
  const lastAliveAtMs = statSync(alive, { throwIfNoEntry: false })?.mtimeMs ?? null
  writeFileSync(alive, '', { mode: 0o600 })
  const save = () => replaceFile(path, JSON.stringify({ environments: state.environments }))
  if (!isWhole) save()
  return {
    state,
    lastAliveAtMs,
    save,
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

function readEnvironments(
  home: string,
  path: string,
  { failedInARow }: Pick<Starts, 'failedInARow'>,
  warn: (message: string) => void,
): Readonly<Record<string, unknown>> {
  try {
    return EnvironmentsState.parse(readJsonFile(path) ?? { environments: {} }).environments
  } catch (error) {
    if (failedInARow < mostFailures) throw error
    const { file } = setAsideFile(home, path, 'state.json', wordsOf(error))
    warn(`the state of all environments is set aside, because it cannot be read: ${file}`)
    return {}
  }
}

function soundEnvironments(
  home: string,
  entries: Readonly<Record<string, unknown>>,
  { failedInARow, suspect }: Pick<Starts, 'failedInARow' | 'suspect'>,
  warn: (message: string) => void,
) {
  const environments: Record<string, EnvironmentState> = {}
  for (const [key, entry] of Object.entries(entries)) {
    const parsed = EnvironmentState.safeParse(entry)
    const isOfKey = parsed.success && environmentKey(parsed.data.ref) === key
    const isSuspect = key === suspect && failedInARow >= mostFailures
    if (isOfKey && !isSuspect) environments[key] = parsed.data
    else {
      const why = isSuspect
        ? 'it ended the runtime each time it was restored'
        : wordsOf(parsed.error ?? 'it belongs to another environment')
      const { file } = setAside(home, key, why, entry)
      warn(`the state of ${key} is set aside, and nothing is served there until it is released again: ${why}: ${file}`)
    }
  }
  return { environments, isWhole: Object.keys(environments).length === Object.keys(entries).length }
}

const wordsOf = (error: unknown): string =>
  error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : String(error)

/** Only a power cut can damage the file, and then none of the processes run any more. */
function readGroups(path: string): Record<string, GroupState> {
  try {
    return GroupsState.parse(readJsonFile(path) ?? {})
  } catch {
    return {}
  }
}
