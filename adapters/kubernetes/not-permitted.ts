/** What a declared target would use that the operator has not given to the owners of the service. */
import type { Fault } from '../../domain/problem.ts'
import type { Clusters } from './clusters.ts'
import { grantOf } from './clusters.ts'
import { foreignFaults } from './pod-rules.ts'
import type { StoredTargetConfig } from './target-config.ts'

/**
 * Pointers begin at the target. The message is the same for a cluster that does not exist and for one that these owners may not use,
 * because not everybody may learn the names of clusters.
 */
export function notPermitted(
  clusters: Clusters,
  owners: readonly string[],
  { cluster, namespace, template }: Pick<StoredTargetConfig, 'cluster' | 'namespace' | 'template'>,
): readonly Fault[] {
  const known = Object.hasOwn(clusters, cluster) ? clusters[cluster] : undefined
  const grant = known ? grantOf(known, owners, namespace) : null
  if (!grant) {
    const who = owners.length > 0 ? `to ${owners.join(', ')}` : 'to a service without owners'
    return [{ pointer: '/namespace', detail: `namespace ${namespace} of ${cluster} is not given ${who} in the file of clusters` }]
  }
  return foreignFaults(template, grant).map(({ pointer, detail }) => ({ pointer: `/template${pointer}`, detail }))
}
