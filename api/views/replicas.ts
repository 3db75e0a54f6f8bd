/** The versions at an environment, as the target reports them: how many replicas are ready, and how often one ended by itself. */
import { isReady } from '../../domain/rollout/running.ts'
import type { RevisionStatus } from '../../adapters/target/target.ts'
import { exitText } from '../../domain/analysis/liveness.ts'
import type { EnvironmentRef } from '../../domain/identity.ts'
import type { Revision } from '../../domain/plan/plan.ts'
import { isProblem } from '../../domain/problem.ts'
import type { ProviderRef } from '../../domain/plan/service.ts'
import type { EnvironmentView } from '../../schema/service.ts'
import type { ApiDependencies } from '../dependencies.ts'

/** Null when the target does not answer, because the rest is still worth showing. */
export async function replicasAt(
  { target }: Pick<ApiDependencies, 'target'>,
  provider: ProviderRef,
  ref: EnvironmentRef,
): Promise<EnvironmentView['replicas']> {
  return (await statusAt({ target }, provider, ref))?.map(shown) ?? null
}

function shown({ revision, version, wantedReplicas, readyReplicas, detail, exits, exitCount }: RevisionStatus) {
  const last = exits.at(-1)
  return {
    revision,
    version,
    wanted: wantedReplicas,
    ready: readyReplicas,
    detail,
    exits: exitCount,
    lastExit: last ? { how: exitText(last), at: new Date(last.atMs).toISOString() } : null,
  }
}

/** Why the stable version does not serve, for people; null when it serves, or the target does not answer. */
export async function notServing(
  { target }: Pick<ApiDependencies, 'target'>,
  ref: EnvironmentRef,
  { revision, target: provider }: Revision,
): Promise<string | null> {
  const found = await statusAt({ target }, provider, ref)
  if (!found) return null
  const own = found.find((one) => one.revision === revision)
  if (!own) return 'it does not run'
  const { readyReplicas, wantedReplicas, detail } = own
  return isReady(own) ? null : `${readyReplicas} of ${wantedReplicas} replicas are ready, ${detail}`
}

async function statusAt(
  { target }: Pick<ApiDependencies, 'target'>,
  provider: ProviderRef,
  ref: EnvironmentRef,
): Promise<readonly RevisionStatus[] | null> {
  try {
    return await target(provider).status(ref)
  } catch (error) {
    if (isProblem(error)) return null
    throw error
  }
}
