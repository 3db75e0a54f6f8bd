/** No confused deputy: every forbidden part of a template is refused by itself, and an ordinary template passes. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { foreignFaults, podFaults, secretsNamed } from '../../../adapters/kubernetes/pod-rules.ts'

const pod = (spec: object) => ({ spec: { containers: [{ name: 'app' }], ...spec } })
const container = (more: object) => pod({ containers: [{ name: 'app', ...more }] })
const secured = (securityContext: object) => container({ securityContext })
const volume = (source: object) => pod({ volumes: [{ name: 'v', ...source }] })

const app = '/spec/containers/0'
/** The forbidden parts: what, where, and a word of the reason. */
const refusedEverywhere: readonly (readonly [string, object, string, RegExp])[] = [
  ['the network of the node', pod({ hostNetwork: true }), '/spec/hostNetwork', /as the node/],
  ['the processes of the node', pod({ hostPID: true }), '/spec/hostPID', /processes of the node/],
  ['the shared memory of the node', pod({ hostIPC: true }), '/spec/hostIPC', /memory/],
  ['the users of the node', pod({ hostUsers: true }), '/spec/hostUsers', /users/],
  ['true as a text', pod({ hostNetwork: 'true' }), '/spec/hostNetwork', /as the node/],
  ['a node past the scheduler', pod({ nodeName: 'one' }), '/spec/nodeName', /scheduler/],
  ['the old name of a service account', pod({ serviceAccount: 'admin' }), '/spec/serviceAccount', /serviceAccountName/],
  ['a priority of the cluster', pod({ priorityClassName: 'system-node-critical' }), '/spec/priorityClassName', /evict/],
  ['a key that nobody has judged', pod({ hostTomorrow: true }), '/spec/hostTomorrow', /does not allow/],
  ['a key in other case', pod({ HostNetwork: true }), '/spec/HostNetwork', /does not allow/],
  ['debug containers', pod({ ephemeralContainers: [] }), '/spec/ephemeralContainers', /does not allow/],
  ['settings of the kernel', pod({ securityContext: { sysctls: [] } }), '/spec/securityContext/sysctls', /node/],
  [
    'a process of a Windows node',
    secured({ windowsOptions: { hostProcess: true } }),
    `${app}/securityContext/windowsOptions`,
    /node/,
  ],
  ['a privileged container', secured({ privileged: true }), `${app}/securityContext/privileged`, /all rights/],
  [
    'a privileged container before the others',
    pod({ initContainers: [{ name: 'a', securityContext: { privileged: true } }] }),
    '/spec/initContainers/0/securityContext/privileged',
    /all rights/,
  ],
  [
    'a right over the node',
    secured({ capabilities: { add: ['SYS_ADMIN'] } }),
    `${app}/securityContext/capabilities/add/0`,
    /SYS_ADMIN/,
  ],
  ['an open /proc', secured({ procMount: 'Unmasked' }), `${app}/securityContext/procMount`, /processes/],
  ['no seccomp', secured({ seccompProfile: { type: 'Unconfined' } }), `${app}/securityContext/seccompProfile/type`, /protection/],
  [
    'no AppArmor, for the pod',
    pod({ securityContext: { appArmorProfile: { type: 'Unconfined' } } }),
    '/spec/securityContext/appArmorProfile/type',
    /protection/,
  ],
  ['labels of SELinux', secured({ seLinuxOptions: { type: 'spc_t' } }), `${app}/securityContext/seLinuxOptions`, /node/],
  [
    'a port of the node',
    container({ ports: [{ containerPort: 80, hostPort: 80 }] }),
    `${app}/ports/0/hostPort`,
    /port of the node/,
  ],
  ['a device', container({ volumeDevices: [] }), `${app}/volumeDevices`, /device/],
  [
    'a probe of another host',
    container({ readinessProbe: { httpGet: { port: 80, host: '169.254.169.254' } } }),
    `${app}/readinessProbe/httpGet/host`,
    /another host/,
  ],
  [
    'a hook to another host',
    container({ lifecycle: { preStop: { tcpSocket: { port: 1, host: 'x' } } } }),
    `${app}/lifecycle/preStop/tcpSocket/host`,
    /another host/,
  ],
  ['files of the node', volume({ hostPath: { path: '/' } }), '/spec/volumes/0/hostPath', /files of the node/],
  [
    'a driver that takes any Secret',
    volume({ csi: { nodePublishSecretRef: { name: 'a' } } }),
    '/spec/volumes/0/csi',
    /does not allow/,
  ],
  ['a network file system', volume({ nfs: { server: 'x', path: '/' } }), '/spec/volumes/0/nfs', /does not allow/],
  [
    'a projected certificate',
    volume({ projected: { sources: [{ podCertificate: {} }] } }),
    '/spec/volumes/0/projected/sources/0/podCertificate',
    /does not allow/,
  ],
  [
    'a way around AppArmor by annotation',
    { metadata: { annotations: { 'container.apparmor.security.beta.kubernetes.io/app': 'unconfined' } }, ...pod({}) },
    '/metadata/annotations/container.apparmor.security.beta.kubernetes.io~1app',
    /only Holdfast/,
  ],
  [
    'a label of ours',
    { metadata: { labels: { 'holdfast.dev/service': 'other' } }, ...pod({}) },
    '/metadata/labels/holdfast.dev~1service',
    /only Holdfast/,
  ],
  ['owners and finalizers', { metadata: { finalizers: [] }, ...pod({}) }, '/metadata/finalizers', /does not allow/],
  ['containers that are no list', pod({ containers: { privileged: true } }), '/spec/containers', /must be a list/],
]

/** The parts that only the settings of the cluster can allow. */
const foreign: readonly (readonly [string, object, string])[] = [
  ['a service account', pod({ serviceAccountName: 'admin' }), '/spec/serviceAccountName'],
  [
    'a Secret in a variable',
    container({ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'foreign', key: 'k' } } }] }),
    `${app}/env/0/valueFrom/secretKeyRef/name`,
  ],
  ['a Secret as variables', container({ envFrom: [{ secretRef: { name: 'foreign' } }] }), `${app}/envFrom/0/secretRef/name`],
  [
    'a Secret of an init container',
    pod({ initContainers: [{ envFrom: [{ secretRef: { name: 'foreign' } }] }] }),
    '/spec/initContainers/0/envFrom/0/secretRef/name',
  ],
  ['a Secret as files', volume({ secret: { secretName: 'foreign' } }), '/spec/volumes/0/secret/secretName'],
  [
    'a projected Secret',
    volume({ projected: { sources: [{ secret: { name: 'foreign' } }] } }),
    '/spec/volumes/0/projected/sources/0/secret/name',
  ],
  ['a Secret of a registry', pod({ imagePullSecrets: [{ name: 'foreign' }] }), '/spec/imagePullSecrets/0/name'],
  ['the token of the default account', pod({ automountServiceAccountToken: true }), '/spec/automountServiceAccountToken'],
  [
    'a projected token of the default account',
    volume({ projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }),
    '/spec/volumes/0/projected/sources/0/serviceAccountToken',
  ],
]

const ordinary = {
  metadata: { labels: { team: 'shop' }, annotations: { 'prometheus.io/scrape': 'true' } },
  spec: {
    serviceAccountName: 'shop',
    automountServiceAccountToken: true,
    hostNetwork: false,
    terminationGracePeriodSeconds: 30,
    securityContext: { runAsNonRoot: true, fsGroup: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    imagePullSecrets: [{ name: 'pull' }],
    containers: [
      {
        name: 'app',
        ports: [{ name: 'http', containerPort: 8080 }],
        env: [
          { name: 'A', value: 'x' },
          { name: 'B', valueFrom: { secretKeyRef: { name: 'db', key: 'url' } } },
        ],
        resources: { requests: { cpu: '100m' } },
        readinessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 1 },
        lifecycle: { preStop: { sleep: { seconds: 4 } } },
        securityContext: { privileged: false, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } },
      },
    ],
    volumes: [
      { name: 'tmp', emptyDir: {} },
      { name: 'all', projected: { sources: [{ secret: { name: 'db' } }, { serviceAccountToken: { path: 't' } }] } },
    ],
  },
}

describe('a declared pod', () => {
  for (const [what, template, at, why] of refusedEverywhere)
    it(`may not have ${what}`, () => {
      const faults = podFaults(template)
      expect(faults.map(({ pointer }) => pointer)).to.deep.equal([at])
      expect(faults[0]?.detail).to.match(why)
    })

  for (const [what, template, at] of foreign)
    it(`has ${what} only if the settings of the cluster give it to the owners`, () => {
      expect(podFaults(template)).to.deep.equal([])
      const faults = foreignFaults(template, { serviceAccounts: ['shop'], secrets: ['db'] })
      expect(faults.map(({ pointer }) => pointer)).to.deep.equal([at])
      const given = { serviceAccounts: ['admin'], secrets: ['foreign'] }
      const named = { ...template, spec: { ...(template as { spec: object }).spec, serviceAccountName: 'admin' } }
      expect(foreignFaults(named, given)).to.deep.equal([])
    })

  it('that is ordinary passes, and names its Secrets', () => {
    expect(podFaults(ordinary)).to.deep.equal([])
    expect(foreignFaults(ordinary, { serviceAccounts: ['shop'], secrets: ['db', 'pull'] })).to.deep.equal([])
    expect(secretsNamed(ordinary).map(({ name }) => name)).to.deep.equal(['db', 'db', 'pull'])
    expect(foreignFaults(ordinary, { serviceAccounts: [], secrets: [] })).to.have.length(4)
  })
})
