/** Ends what runs in removed environments. Each has a new fencing token, so no older step can start anything there again. */
import type { Ending } from '../adapters/postgres/services/may-leave.ts'
import type { FencingToken } from '../domain/queue/fencing-token.ts'
import type { ApiDependencies } from './dependencies.ts'

/** A repeat takes the next token and ends what is left. @throws Problem target-unavailable */
export async function stopEverything(
  dependencies: Pick<ApiDependencies, 'target' | 'traffic'>,
  service: string,
  endings: readonly Ending[],
): Promise<void> {
  for (const ending of endings) {
    const { environment, token } = ending
    const ref = { service, environment }
    const fencingToken: FencingToken = { workflowId: `remove/${service}/${environment}`, token, step: 1 }
    const target = dependencies.target(ending.target)
    const traffic = dependencies.traffic(ending.traffic, ending.target)
    const running = await target.status(ref)
    // Traffic comes first, because the target does not remove a revision that still gets requests.
    if (running.length > 0)
      await traffic.setWeights(ref, {}, fencingToken, {
        closeStreams: running.map(({ revision }) => revision),
      })
    for (const { revision } of running) await target.remove(ref, revision, { ...fencingToken, step: 2 })
    await traffic.close(ref, { ...fencingToken, step: 3 })
  }
}
