/** What the target says of a version that does not get ready. For one that crashes, how it ended. */
import type { TurnRow } from '../../adapters/postgres/releases/release-queries.ts'
import { isProblem } from '../../domain/problem.ts'
import type { ApiDependencies } from '../dependencies.ts'

const getsReadyIn = new Set<string>(['starting', 'shifting', 'promoting'])

/** Null where it is ready, nobody waits for it, or the target does not answer. */
export async function unreadyDetail({ target }: Pick<ApiDependencies, 'target'>, turn: TurnRow | null): Promise<string | null> {
  if (turn?.state !== 'open' || !getsReadyIn.has(turn.phase)) return null
  const { ref, canary } = turn.plan
  try {
    const seen = (await target(canary.target).status(ref)).find(({ revision }) => revision === canary.revision)
    if (!seen || seen.readyReplicas >= seen.wantedReplicas) return null
    return `${seen.readyReplicas} of ${seen.wantedReplicas} ready, ${seen.detail}`
  } catch (error) {
    if (isProblem(error)) return null
    throw error
  }
}
