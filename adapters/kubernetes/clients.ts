/** The clients of the operator's clusters, one per cluster and process, whichever providers ask for it. */
import { Problem } from '../../domain/problem.ts'
import type { ProviderSettings, Within } from '../provider.ts'
import { valuesOf } from '../provider.ts'
import type { ApiServer } from './api-server.ts'
import { createApiServer } from './api-server.ts'
import type { Clusters } from './clusters.ts'

/** The settings that a provider on a cluster reads. */
export const clusterSettings = ['clusters'] as const

const opened = new WeakMap<Clusters, Map<string, ApiServer>>()

/**
 * The client of a cluster that a declaration names.
 * @throws Problem target-unavailable where the operator's file has no such cluster, and while it cannot be used
 */
export function apiServerOf(settings: ProviderSettings, name: string): ApiServer {
  const clusters = valuesOf(settings, clusterSettings).clusters()
  const cluster = Object.hasOwn(clusters, name) ? clusters[name] : undefined
  if (!cluster) throw new Problem('target-unavailable', `the operator's file of clusters has no cluster ${name}`)
  const known = opened.get(clusters) ?? new Map<string, ApiServer>()
  opened.set(clusters, known)
  const server = known.get(name) ?? createApiServer(name, cluster)
  known.set(name, server)
  return server
}

/** What a router or a metrics provider takes of its target on a cluster: where the pods are, and at which port they listen. */
export const withinCluster = ({ config: { cluster, namespace, port } }: { readonly config: Within }): Within => ({
  cluster,
  namespace,
  port,
})
