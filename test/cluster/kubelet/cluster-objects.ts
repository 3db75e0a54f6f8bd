/** Reads from the API server what pods refer to. Its errors have a kubelet's words. */
import type { CoreV1Api, V1Pod } from '@kubernetes/client-node'
import type { Lookup } from './variables.ts'

export interface ClusterObjects {
  of(namespace: string): Lookup & {
    /** The values as bytes. `configMap` and `secret` answer them as text, for variables. */
    files(kind: 'configmap' | 'secret', name: string): Promise<Readonly<Record<string, Buffer>>>
  }
  /** A token of the pod's own service account. */
  token(pod: V1Pod, audience: string | undefined, seconds: number | undefined): Promise<string>
}

export const statusOf = (error: unknown): number =>
  typeof error === 'object' && error !== null && 'code' in error ? Number(error.code) : 0

export function createClusterObjects(core: CoreV1Api): ClusterObjects {
  const named = async <T>(kind: string, name: string, read: () => Promise<T>): Promise<T> => {
    try {
      return await read()
    } catch (error) {
      if (statusOf(error) === 404) throw new Error(`${kind} "${name}" not found`)
      throw new Error(`${kind} "${name}" cannot be read: ${statusOf(error) || String(error)}`)
    }
  }
  return {
    of(namespace) {
      const configMap = (name: string) => named('configmap', name, () => core.readNamespacedConfigMap({ name, namespace }))
      const secret = (name: string) => named('secret', name, () => core.readNamespacedSecret({ name, namespace }))
      const secretFiles = async (name: string) => bytes((await secret(name)).data)
      return {
        configMap: async (name) => (await configMap(name)).data ?? {},
        secret: async (name) =>
          Object.fromEntries(Object.entries(await secretFiles(name)).map(([key, value]) => [key, value.toString('utf8')])),
        async files(kind, name) {
          if (kind === 'secret') return secretFiles(name)
          const { data = {}, binaryData } = await configMap(name)
          const text = Object.entries(data).map(([key, value]) => [key, Buffer.from(value)] as const)
          return { ...Object.fromEntries(text), ...bytes(binaryData) }
        },
      }
    },
    async token({ metadata = {}, spec }, audience, seconds) {
      const { name = '', namespace = '', uid = '' } = metadata
      const { status } = await core.createNamespacedServiceAccountToken({
        name: spec?.serviceAccountName ?? 'default',
        namespace,
        body: {
          spec: {
            audiences: audience === undefined ? [] : [audience],
            boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name, uid },
            ...(seconds === undefined ? {} : { expirationSeconds: seconds }),
          },
        },
      })
      return status?.token ?? ''
    },
  }
}

const bytes = (data: Readonly<Record<string, string>> = {}): Record<string, Buffer> =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64')]))
