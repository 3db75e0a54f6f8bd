/** Writes a kubeconfig: the URL of the API server, the authority that signs its certificate, and the user's token. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { User } from './certificates.ts'

export interface Kubeconfig {
  readonly file: string
  readonly cluster: string
  readonly server: string
  readonly authority: string
  readonly token: string
}

/** The file of a user's kubeconfig. It has the API server's address inside the network. */
export const kubeconfigOf = (folder: string, user: User): string => join(folder, `${user}.kubeconfig`)

export async function writeKubeconfig({ file, cluster, server, authority, token }: Kubeconfig): Promise<void> {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: cluster, cluster: { server, 'certificate-authority': authority } }],
    users: [{ name: cluster, user: { token } }],
    contexts: [{ name: cluster, context: { cluster, user: cluster } }],
    'current-context': cluster,
  }
  // JSON is YAML, and every client reads it.
  await writeFile(file, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 })
}
