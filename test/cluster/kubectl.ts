/** Runs the cluster's own kubectl as its administrator. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../ops/components/component.ts'
import type { Cluster } from './up.ts'

const limitMs = 120_000

/** Answers with what it prints. @throws Error with what it says on stderr */
export async function kubectl({ home, kubeconfig, programs }: Cluster, args: readonly string[]): Promise<string> {
  // Its cache belongs to the cluster: in a shared one a later cluster at the same port would find the types of an earlier one.
  const at = [`--kubeconfig=${kubeconfig}`, `--cache-dir=${join(home.folder, 'kubectl')}`]
  return (await run(join(programs, 'kubectl'), [...at, ...args], { timeout: limitMs, maxBuffer: 64 << 20 })).stdout
}

/** Writes the objects in their order. @param name of the file that keeps them in the cluster's folder */
export async function applyObjects(cluster: Cluster, name: string, items: readonly object[]): Promise<void> {
  const file = join(cluster.home.folder, `${name}-objects.json`)
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  await kubectl(cluster, ['apply', '--server-side', '-f', file])
}
