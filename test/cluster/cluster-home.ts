/** Where a cluster's files are, and what its network is called: both from its name and the folder of all clusters. */
import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { readConfig } from '../../adapters/config.ts'
import type { Variables } from '../../adapters/config.ts'
import { Problem } from '../../domain/problem.ts'

export interface ClusterHome {
  readonly name: string
  readonly folder: string
  /** Network namespaces have one table for the whole machine: two people's clusters of one name must not meet there. */
  readonly network: string
}

export const clustersFolder = (env: Variables): string => join(readConfig(env, ['home']).home, 'clusters')

/** @throws Problem invalid-input where the name could not be a part of file names */
export function homeOf(clusters: string, name: string): ClusterHome {
  if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(name))
    throw new Problem('invalid-input', `'${name}' is no name of a cluster`, { hint: 'use up to 31 of a-z, 0-9 and -' })
  const folder = join(resolve(clusters), name)
  const mark = createHash('sha256').update(folder).digest('hex').slice(0, 8)
  return { name, folder, network: `holdfast-${mark}-${name}` }
}

/** Inside every cluster's own network, so they are the same for all. */
export const addresses = {
  node: '10.244.0.1',
  pods: '10.244.0.0/16',
  services: '10.96.0.0/16',
  /** The first of `services`: Kubernetes' own, by which pods reach the API server. */
  api: '10.96.0.1',
  bridge: 'cbr0',
  apiPort: 6443,
  kubeletPort: 10_250,
} as const
