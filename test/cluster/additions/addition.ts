/** What a cluster can have beyond its control plane and its node. */
import type { Variables } from '../../../adapters/config.ts'
import type { Cluster } from '../up.ts'

/** Adds it to a running cluster and resolves when it works. @throws Problem component-missing when a program of it cannot be had */
export type Addition = (cluster: Cluster, env: Variables, say: (line: string) => void) => Promise<void>
