/** A minute of faults in an order that a seed decides: kills of workers, lost workflows, and aborts. */
import { setTimeout as pause } from 'node:timers/promises'
import { createAccepting } from '../../adapters/postgres/releases/accepting.ts'
import { releaseWorkflowId } from '../../domain/identity.ts'
import { isProblem } from '../../domain/problem.ts'
import { locationOf } from '../stack/location-of.ts'
import type { Rig } from '../stack/rig.ts'

/** A draw below `below`, the same sequence for the same seed (mulberry32). */
export function createDraw(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

export type Misfortune = 'terminate' | 'cancel' | 'terminate-release' | 'roll-back'
const workerNames = ['control', 'act', 'analysis'] as const
const bob = { kind: 'person', id: 'bob' } as const

/** SIGKILLs `kills` workers, evenly over `forMs`, and starts each again at once. Resolves with their names. */
export async function killWorkers(
  { workers }: Rig,
  draw: (below: number) => number,
  kills: number,
  forMs: number,
): Promise<readonly (typeof workerNames)[number][]> {
  const startedAtMs = Date.now()
  const killed: (typeof workerNames)[number][] = []
  for (let n = 0; n < kills; n += 1) {
    await pause(Math.max(0, startedAtMs + ((n + 0.5) * forMs) / kills - Date.now()))
    const name = workerNames[draw(workerNames.length)] ?? 'act'
    await workers.kill(name)
    await workers.start(name)
    killed.push(name)
  }
  return killed
}

/** Causes each fault in an environment that the seed draws, evenly over `forMs`. Resolves with the faults that had an effect. */
export async function strike(
  rig: Rig,
  draw: (below: number) => number,
  services: readonly string[],
  misfortunes: readonly Misfortune[],
  forMs: number,
): Promise<readonly Misfortune[]> {
  const startedAtMs = Date.now()
  const met: Misfortune[] = []
  for (const [n, misfortune] of misfortunes.entries()) {
    await pause(Math.max(0, startedAtMs + ((n + 1) * forMs) / (misfortunes.length + 1) - Date.now()))
    const first = draw(services.length)
    const order = services.map((_, at) => services[(first + at) % services.length] ?? '')
    for (const service of order) {
      if (!(await strikeOne(rig, service, misfortune))) continue
      met.push(misfortune)
      break
    }
  }
  return met
}

async function strikeOne(rig: Rig, service: string, misfortune: Misfortune): Promise<boolean> {
  if (misfortune === 'roll-back') return rollBack(rig, service)
  const [open] = await rig.db.query<{ workflow_id: string; subject: string }>(
    `select workflow_id, subject from turn where resource = $1 and state = 'open' and kind = 'rollout' and token is not null`,
    [`environment:${service}/production`],
  )
  if (!open) return false
  const id = misfortune === 'terminate-release' ? releaseWorkflowId(service, open.subject) : open.workflow_id
  const handle = rig.client.workflow.getHandle(id)
  return (misfortune === 'cancel' ? handle.cancel() : handle.terminate('a storm')).then(
    () => true,
    // The workflow had just ended.
    () => false,
  )
}

async function rollBack({ db, control }: Rig, service: string): Promise<boolean> {
  const ref = { service, environment: 'production' }
  const input = { version: null, reason: 'a storm', requestedBy: bob }
  try {
    const { plan, toWake } = await createAccepting(db, locationOf).rollback(ref, input, null, () => ({
      status: 202,
      location: '',
      body: {},
    }))
    await control.startRollback(plan, bob)
    await db.query('update rollback set started_at = now() where id = $1', [plan.workflowId])
    await Promise.all(toWake.map((workflowId) => control.wake(workflowId)))
    return true
  } catch (error) {
    if (isProblem(error, 'no-earlier-version')) return false
    throw error
  }
}
