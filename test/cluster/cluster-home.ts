/** The folder and the network of a cluster. Both follow from its name and from the folder of all clusters. */
import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { readConfig } from '../../adapters/config.ts'
import type { Variables } from '../../adapters/config.ts'
import { Problem } from '../../domain/problem.ts'

export interface ClusterHome {
  readonly name: string
  readonly folder: string
  /** Its network namespace. Names of namespaces are unique on the machine, so the folder is a part of this one. */
  readonly network: string
}

export const clustersFolder = (env: Variables): string => join(readConfig(env, ['home']).home, 'clusters')

/** @throws Problem invalid-input for a name that cannot be a part of file names */
export function homeOf(clusters: string, name: string): ClusterHome {
  if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(name))
    throw new Problem('invalid-input', `'${name}' is no name of a cluster`, { hint: 'use up to 31 of a-z, 0-9 and -' })
  const folder = join(resolve(clusters), name)
  const mark = createHash('sha256').update(folder).digest('hex').slice(0, 8)
  return { name, folder, network: `holdfast-${mark}-${name}` }
}

/** Addresses inside a cluster's network. Each cluster has a network of its own, so they are the same for all. */
export const addresses = {
  node: '10.244.0.1',
  pods: '10.244.0.0/16',
  services: '10.96.0.0/16',
  /** The first address of `services`. Kubernetes gives it to its own Service, by which pods reach the API server. */
  api: '10.96.0.1',
  bridge: 'cbr0',
  apiPort: 6443,
  kubeletPort: 10_250,
  gatewayPort: 8_000,
  metricsPort: 4_443,
} as const

export const nodeName = 'node-1'
