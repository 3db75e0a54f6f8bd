/** The clusters that an operator names: how each is reached, and what the owners of services may use there. Nothing is allowed by default. */
import { readFileSync, statSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import { bytesOf } from '../../domain/bounds.ts'
import { Problem } from '../../domain/problem.ts'

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
const tooLarge = `is larger than ${largestBytes} bytes`

/** @throws Error that says where the text is wrong */
export function parseClusters(text: string): Clusters {
  if (bytesOf([text]) > largestBytes) throw new Error(tooLarge)
  const parsed = Clusters.safeParse(parse(text) ?? {})
  if (parsed.success) return parsed.data
  throw new Error(parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`).join(', '))
}

/** @throws Problem target-unavailable while the file cannot be used. Its cause says why; the answer does not, as it could name clusters */
export type ReadClusters = () => Clusters

/**
 * The parser of the setting, which accepts a file that cannot be used: a worker that is started again must still revert the services that run
 * elsewhere. The file is read once. While it cannot be used it is read again when it has changed, so a mended one needs no restart.
 */
export const clustersFile = z.string().transform(openClusters)

/** The parser of the first start, which refuses a file that cannot be used. */
export const usableClustersFile = z.string().transform((file, ctx): ReadClusters => {
  const read = openClusters(file)
  try {
    read()
    return read
  } catch (error) {
    const cause = (error as Error).cause as Error
    ctx.addIssue({ code: 'custom', message: `names ${file}, which cannot be used: ${cause.message.split('\n')[0]}` })
    return z.NEVER
  }
})

function openClusters(file: string): ReadClusters {
  let known: Clusters | null = file === '' ? {} : null
  let fault: { readonly of: string; readonly cause: unknown } | null = null
  const read = (): Clusters => {
    if (known) return known
    const stamp = stampOf(file)
    if (fault === null || fault.of !== stamp) {
      try {
        return (known = parseClusters(textOf(file)))
      } catch (cause) {
        fault = { of: stamp, cause }
      }
    }
    throw new Problem('target-unavailable', "the operator's file of clusters cannot be used", {
      hint: 'the logs of the API and the workers say what is wrong with HOLDFAST_CLUSTERS_FILE; a mended file is read without a restart',
      cause: fault.cause,
    })
  }
  try {
    read()
  } catch {
    // Each question says so.
  }
  return read
}

/** Changes with the file. A faulty file is not parsed at every question, because a large one takes long. */
function stampOf(file: string): string {
  try {
    const { mtimeMs, ctimeMs, size, ino } = statSync(file)
    return [mtimeMs, ctimeMs, size, ino].join()
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
}

function textOf(file: string): string {
  if (statSync(file).size > largestBytes) throw new Error(tooLarge)
  return readFileSync(file, 'utf8')
}

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
