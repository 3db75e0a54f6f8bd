/** The target's sentence about a version that does not become ready, such as how it crashed. */
import type { TurnRow } from '../../adapters/postgres/releases/subject-rows.ts'
import { isProblem } from '../../domain/problem.ts'
import type { ApiDependencies } from '../dependencies.ts'

const getsReadyIn = new Set<string>(['starting', 'shifting', 'promoting'])

/** Null when it is ready, when the release does not wait for it, or when the target does not answer. */
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
