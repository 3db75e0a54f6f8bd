/** The environment and the arguments of a container. Pure: the caller looks up ConfigMaps and Secrets. */
import type { V1Container, V1EnvVarSource, V1Pod } from '@kubernetes/client-node'

/** Each throws an Error with a kubelet's words that names the missing object. */
export interface Lookup {
  configMap(name: string): Promise<Readonly<Record<string, string>>>
  secret(name: string): Promise<Readonly<Record<string, string>>>
}

/** The addresses of a pod and its node, which only the node knows. */
export interface Whereabouts {
  readonly podIP: string
  readonly hostIP: string
}

/** @throws Error for a missing reference that is not optional; the container then waits with CreateContainerConfigError */
export async function variablesOf(
  pod: V1Pod,
  spec: V1Container,
  at: Whereabouts,
  lookup: Lookup,
): Promise<Record<string, string>> {
  const values: Record<string, string> = {}
  for (const { configMapRef, secretRef, prefix = '' } of spec.envFrom ?? []) {
    const ref = configMapRef ?? secretRef
    const data = await orNothing(ref?.optional, () => (configMapRef ? lookup.configMap : lookup.secret)(ref?.name ?? ''))
    for (const [key, value] of Object.entries(data)) values[`${prefix}${key}`] = value
  }
  for (const { name, value, valueFrom } of spec.env ?? []) {
    const found = valueFrom ? await valueOf(pod, spec, valueFrom, at, lookup) : expanded(value ?? '', values)
    if (found !== undefined) values[name] = found
  }
  return values
}

async function valueOf(
  pod: V1Pod,
  spec: V1Container,
  { fieldRef, configMapKeyRef, secretKeyRef, resourceFieldRef }: V1EnvVarSource,
  at: Whereabouts,
  lookup: Lookup,
): Promise<string | undefined> {
  if (fieldRef) return fieldOf(pod, fieldRef.fieldPath, at)
  if (resourceFieldRef) {
    const [list = '', resource = ''] = resourceFieldRef.resource.split('.')
    return spec.resources?.[list as 'limits' | 'requests']?.[resource]
  }
  const ref = configMapKeyRef ?? secretKeyRef
  if (!ref) return undefined
  const kind = configMapKeyRef ? 'ConfigMap' : 'Secret'
  const data = await orNothing(ref.optional, () => (configMapKeyRef ? lookup.configMap : lookup.secret)(ref.name ?? ''))
  if (Object.hasOwn(data, ref.key)) return data[ref.key]
  if (ref.optional) return undefined
  throw new Error(`couldn't find key ${ref.key} in ${kind} ${pod.metadata?.namespace}/${ref.name}`)
}

type Data = Readonly<Record<string, string>>

async function orNothing(optional: boolean | undefined, look: () => Promise<Data>): Promise<Data> {
  return optional ? look().catch(() => ({})) : look()
}

/** Replaces `$(NAME)` by the value of a variable that was set before. `$$(NAME)` becomes `$(NAME)`, and an unknown name stays as it is. */
export const expanded = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replace(/\$\$|\$\(([^)]+)\)/g, (whole, name?: string) =>
    name === undefined ? '$' : Object.hasOwn(values, name) ? (values[name] ?? '') : whole,
  )

/** A field of the pod by its path; empty when the pod does not have it. */
export function fieldOf({ metadata = {}, spec }: V1Pod, path: string, { podIP, hostIP }: Whereabouts): string {
  const [, map, key = ''] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path) ?? []
  if (map) return metadata[map as 'labels' | 'annotations']?.[key] ?? ''
  const all = (values: Readonly<Record<string, string>> = {}) =>
    Object.entries(values)
      .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
      .join('\n')
  const fields: Readonly<Record<string, string | undefined>> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace,
    'metadata.uid': metadata.uid,
    'metadata.labels': all(metadata.labels),
    'metadata.annotations': all(metadata.annotations),
    'spec.nodeName': spec?.nodeName,
    'spec.serviceAccountName': spec?.serviceAccountName,
    'status.podIP': podIP,
    'status.podIPs': podIP,
    'status.hostIP': hostIP,
    'status.hostIPs': hostIP,
  }
  return fields[path] ?? ''
}
