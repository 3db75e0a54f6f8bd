/**
 * What a declared pod may contain. Holdfast creates pods with its own rights, which owners do not have. A template with more than this list
 * could reach the node or somebody else's Secret. A key that Kubernetes adds later is refused until somebody has judged it.
 */
import type { Fault } from '../../domain/problem.ts'
import type { Grant } from './clusters.ts'

type Keys = readonly string[]
type Json = Readonly<Record<string, unknown>>
/** Judges one value. `at` is its JSON Pointer. */
type Rule = (value: unknown, at: string) => readonly Fault[]

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const refused =
  (why: string): Rule =>
  (_, at) => [{ pointer: at, detail: why }]
/** Absent and false are the same to Kubernetes. */
const off =
  (why: string): Rule =>
  (value, at) =>
    value === false ? [] : [{ pointer: at, detail: why }]
const anything: Rule = () => []

const pointer = (at: string, key: string | number): string => `${at}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`

/** Keys of `free` may hold anything, `rules` have a rule each, all others are refused. */
const block =
  (free: Keys, rules: Readonly<Record<string, Rule>> = {}): Rule =>
  (value, at) => {
    if (value === null || value === undefined) return []
    if (!isObject(value)) return [{ pointer: at, detail: 'must be a map' }]
    return Object.entries(value).flatMap(([key, member]) => {
      const rule = Object.hasOwn(rules, key) ? rules[key] : free.includes(key) ? anything : refused('Holdfast does not allow it')
      return member === null || member === undefined || !rule ? [] : rule(member, pointer(at, key))
    })
  }

const each =
  (rule: Rule): Rule =>
  (value, at) =>
    Array.isArray(value)
      ? value.flatMap((one, index) => rule(one, pointer(at, index)))
      : [{ pointer: at, detail: 'must be a list' }]

const profile = block(['localhostProfile'], {
  type: (value, at) => (value === 'Unconfined' ? [{ pointer: at, detail: 'would lift a protection of the node' }] : []),
})
const ofSystem = refused('would change the node for others')

/** Kubernetes' own profile `restricted` allows the same one. */
const capabilities = block(['drop'], {
  add: each((value, at) =>
    value === 'NET_BIND_SERVICE' ? [] : [{ pointer: at, detail: `${String(value)} is a right over the node` }],
  ),
})
const users = ['runAsUser', 'runAsGroup', 'runAsNonRoot']
const securityOfContainer = block([...users, 'readOnlyRootFilesystem', 'allowPrivilegeEscalation'], {
  privileged: off('a privileged container has all rights of the node'),
  procMount: (value, at) => (value === 'Default' ? [] : [{ pointer: at, detail: 'would show the processes of the node' }]),
  capabilities,
  seccompProfile: profile,
  appArmorProfile: profile,
  seLinuxOptions: ofSystem,
  windowsOptions: ofSystem,
})
const securityOfPod = block([...users, 'fsGroup', 'fsGroupChangePolicy', 'supplementalGroups', 'supplementalGroupsPolicy'], {
  seccompProfile: profile,
  appArmorProfile: profile,
  sysctls: ofSystem,
  seLinuxOptions: ofSystem,
  windowsOptions: ofSystem,
})

/** The node itself sends the requests of a probe, so a probe may reach the pod and nothing else. */
const elsewhere = { host: refused('the node would call another host than the pod') }
const call = {
  httpGet: block(['path', 'port', 'scheme', 'httpHeaders'], elsewhere),
  tcpSocket: block(['port'], elsewhere),
}
const times = ['initialDelaySeconds', 'periodSeconds', 'timeoutSeconds', 'successThreshold', 'failureThreshold']
const probe = block(['exec', 'grpc', 'terminationGracePeriodSeconds', ...times], call)
const handler = block(['exec', 'sleep'], call)
const lifecycle = block(['stopSignal'], { postStart: handler, preStop: handler })

const env = block(['name', 'value'], {
  valueFrom: block(['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef']),
})
const hostPort = refused('would take a port of the node')
const containerKeys = [
  ...['name', 'image', 'imagePullPolicy', 'command', 'args', 'workingDir', 'resources', 'resizePolicy', 'volumeMounts'],
  ...['restartPolicy', 'terminationMessagePath', 'terminationMessagePolicy', 'stdin', 'stdinOnce', 'tty'],
]
const container = block(containerKeys, {
  ports: each(block(['name', 'containerPort', 'protocol'], { hostPort, hostIP: hostPort })),
  env: each(env),
  envFrom: each(block(['prefix', 'configMapRef', 'secretRef'])),
  livenessProbe: probe,
  readinessProbe: probe,
  startupProbe: probe,
  lifecycle,
  securityContext: securityOfContainer,
  volumeDevices: refused('would hand out a block device'),
})

const volume = block(['name', 'configMap', 'emptyDir', 'downwardAPI', 'secret', 'persistentVolumeClaim', 'ephemeral'], {
  projected: block(['defaultMode'], {
    sources: each(block(['configMap', 'downwardAPI', 'secret', 'serviceAccountToken'])),
  }),
  hostPath: refused('would read or write files of the node'),
})

const podKeys = [
  ...['restartPolicy', 'terminationGracePeriodSeconds', 'serviceAccountName', 'automountServiceAccountToken', 'imagePullSecrets'],
  ...['nodeSelector', 'affinity', 'tolerations', 'topologySpreadConstraints', 'dnsPolicy', 'dnsConfig', 'hostAliases'],
  ...['enableServiceLinks', 'shareProcessNamespace', 'readinessGates', 'hostname', 'subdomain', 'setHostnameAsFQDN'],
]
const pod = block(podKeys, {
  containers: each(container),
  initContainers: each(container),
  volumes: each(volume),
  securityContext: securityOfPod,
  hostNetwork: off('would listen and call as the node'),
  hostPID: off('would see the processes of the node'),
  hostIPC: off('would share memory with the node'),
  hostUsers: off('must be false, which separates its users from those of the node'),
  nodeName: refused('would go past the scheduler'),
  serviceAccount: refused('say serviceAccountName'),
  priorityClassName: (value, at) =>
    String(value).startsWith('system-') ? [{ pointer: at, detail: 'would evict pods of the cluster itself' }] : [],
})

const reservedPrefixes = [
  'holdfast.dev/',
  'container.apparmor.security.beta.kubernetes.io/',
  'seccomp.security.alpha.kubernetes.io/',
]
const marks: Rule = (value, at) =>
  Object.keys(isObject(value) ? value : {})
    .filter((key) => reservedPrefixes.some((prefix) => key.startsWith(prefix)))
    .map((key) => ({ pointer: pointer(at, key), detail: 'only Holdfast sets it' }))

/** Why no owner may run a pod template. Empty when owners may. Pointers begin at the template. */
export const podFaults = (template: unknown): readonly Fault[] =>
  block([], { metadata: block([], { labels: marks, annotations: marks }), spec: pod })(template, '')

/** A name that a template uses, and where. */
export interface Named {
  readonly name: string
  readonly pointer: string
}

/** A value that is no text cannot be the name of something that the operator gave. */
const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const memberOf = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((at, key) => (isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined), value)

/** The Secrets that a template, allowed by `podFaults`, names. */
export function secretsNamed(template: unknown): readonly Named[] {
  const spec = memberOf(template, 'spec')
  const found: Named[] = []
  const see = (at: string, value: unknown, ...path: readonly string[]) => {
    const name = memberOf(value, ...path)
    if (name !== undefined) found.push({ name: textOf(name), pointer: [at, ...path].join('/') })
  }
  for (const kind of ['containers', 'initContainers'])
    for (const [index, one] of listOf(memberOf(spec, kind)).entries()) {
      const at = `/spec/${kind}/${index}`
      for (const [n, row] of listOf(memberOf(one, 'env')).entries())
        see(`${at}/env/${n}`, row, 'valueFrom', 'secretKeyRef', 'name')
      for (const [n, row] of listOf(memberOf(one, 'envFrom')).entries()) see(`${at}/envFrom/${n}`, row, 'secretRef', 'name')
    }
  for (const [index, one] of listOf(memberOf(spec, 'volumes')).entries()) {
    const at = `/spec/volumes/${index}`
    see(at, one, 'secret', 'secretName')
    for (const [n, source] of listOf(memberOf(one, 'projected', 'sources')).entries())
      see(`${at}/projected/sources/${n}`, source, 'secret', 'name')
  }
  for (const [index, one] of listOf(memberOf(spec, 'imagePullSecrets')).entries())
    see(`/spec/imagePullSecrets/${index}`, one, 'name')
  return found
}

/** The service account that a template names. Null when it names none; its pods then get no token. */
export function serviceAccountNamed(template: unknown): Named | null {
  const name = memberOf(template, 'spec', 'serviceAccountName')
  return name === undefined || name === null ? null : { name: textOf(name), pointer: '/spec/serviceAccountName' }
}

/** What a template uses that its owner has not been given in the cluster's settings. */
export function foreignFaults(template: unknown, grant: Grant): readonly Fault[] {
  const account = serviceAccountNamed(template)
  const foreign = secretsNamed(template).filter(({ name }) => !grant.secrets.includes(name))
  return [
    ...(account && !grant.serviceAccounts.includes(account.name)
      ? [{ pointer: account.pointer, detail: `the service account ${account.name} is not given to the owners` }]
      : []),
    ...(account ? [] : tokensWithoutAccount(template)),
    ...foreign.map(({ name, pointer: at }) => ({ pointer: at, detail: `the Secret ${name} is not given to the owners` })),
  ]
}

/** Without a named service account a pod would get the token of `default`. */
function tokensWithoutAccount(template: unknown): readonly Fault[] {
  const why = 'needs serviceAccountName: only a service account that is given to the owners has a token'
  const automount = memberOf(template, 'spec', 'automountServiceAccountToken')
  const projected = listOf(memberOf(template, 'spec', 'volumes')).flatMap((one, index) =>
    listOf(memberOf(one, 'projected', 'sources')).flatMap((source, n) =>
      memberOf(source, 'serviceAccountToken') === undefined
        ? []
        : [{ pointer: `/spec/volumes/${index}/projected/sources/${n}/serviceAccountToken`, detail: why }],
    ),
  )
  return [
    ...(automount === undefined || automount === null || automount === false
      ? []
      : [{ pointer: '/spec/automountServiceAccountToken', detail: why }]),
    ...projected,
  ]
}
