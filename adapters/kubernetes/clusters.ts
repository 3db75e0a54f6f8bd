/** The clusters that an operator names: how each is reached, and what the owners of services may use there. Nothing is allowed by default. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import { bytesOf } from '../../domain/bounds.ts'

const nameText = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'is no name of Kubernetes')

/** What pods of an owner may use in one namespace. */
const Grant = z.strictObject({
  serviceAccounts: z.array(nameText).max(100).default([]),
  secrets: z.array(nameText).max(1_000).default([]),
})
export type Grant = Readonly<{ [Kind in keyof z.output<typeof Grant>]: readonly string[] }>

const Cluster = z.strictObject({
  /** `in-cluster` is the service account of the pod that Holdfast runs in. */
  kubeconfig: z.string().regex(/^(in-cluster|\/.*)$/, 'must be in-cluster, or an absolute path of a kubeconfig file'),
  /** Absent: the file's current context. */
  context: z.string().min(1).exactOptional(),
  /** By owner, then by namespace. */
  owners: z.record(z.string().min(1), z.record(nameText, Grant)).default({}),
})
export type Cluster = Readonly<z.output<typeof Cluster>>
export type Clusters = Readonly<Record<string, Cluster>>

const Clusters = z.record(z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'is no name of a cluster'), Cluster)

const largestBytes = 1_048_576

/** @throws Error that says where the text is wrong */
export function parseClusters(text: string): Clusters {
  if (bytesOf([text]) > largestBytes) throw new Error(`is larger than ${largestBytes} bytes`)
  const parsed = Clusters.safeParse(parse(text) ?? {})
  if (parsed.success) return parsed.data
  throw new Error(parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`).join(', '))
}

/** The parser of the setting: reads the file that the setting names. */
export const clustersFile = z.string().transform((file, ctx): Clusters => {
  try {
    return file === '' ? {} : parseClusters(readFileSync(file, 'utf8'))
  } catch (error) {
    ctx.addIssue({ code: 'custom', message: `names a file that cannot be used: ${(error as Error).message.split('\n')[0]}` })
    return z.NEVER
  }
})

/** What a service of these owners may use in a namespace. Null when they may not use the namespace at all. */
export function grantOf(cluster: Cluster, owners: readonly string[], namespace: string): Grant | null {
  const grants = owners.flatMap((owner) => {
    const namespaces = Object.hasOwn(cluster.owners, owner) ? cluster.owners[owner] : undefined
    return namespaces && Object.hasOwn(namespaces, namespace) ? (namespaces[namespace] ?? []) : []
  })
  if (grants.length === 0) return null
  return {
    serviceAccounts: [...new Set(grants.flatMap(({ serviceAccounts }) => serviceAccounts))],
    secrets: [...new Set(grants.flatMap(({ secrets }) => secrets))],
  }
}
