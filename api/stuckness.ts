/** Whether workflows can run. It asks Temporal in the background, so a read gets the last known answer and never waits. */
import type { Control } from '../adapters/temporal/client.ts'

export interface Stuckness {
  /** Whether a running workflow is stuck, as last known. Asks again in the background when that is older than 5 s. */
  of(workflowId: string): boolean
}

const freshMs = 5_000
const mostKept = 1_000

export function createStuckness(control: Pick<Control, 'isStuck'>, now: () => number = Date.now): Stuckness {
  const known = new Map<string, { isStuck: boolean; askedMs: number }>()
  const ask = async (workflowId: string, isStuck: boolean) => {
    known.delete(workflowId)
    const entry = { isStuck, askedMs: now() }
    known.set(workflowId, entry)
    const [oldest] = known.keys()
    if (known.size > mostKept && oldest !== undefined) known.delete(oldest)
    try {
      entry.isStuck = await control.isStuck(workflowId, now())
    } catch {
      // Temporal is away, which says nothing about this workflow.
      entry.isStuck = false
    }
  }
  return {
    of(workflowId) {
      const entry = known.get(workflowId)
      if (!entry || now() - entry.askedMs > freshMs) void ask(workflowId, entry?.isStuck ?? false)
      return entry?.isStuck ?? false
    },
  }
}
