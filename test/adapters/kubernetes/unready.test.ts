/** Why a revision is not ready: each reason in the words that Kubernetes 1.35 uses, and the sentence that a person reads. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { Condition, Pod } from '../../../adapters/kubernetes/pod.ts'
import type { UnreadyKind } from '../../../adapters/kubernetes/unready.ts'
import { unreadyOf } from '../../../adapters/kubernetes/unready.ts'

const pod = (status: object, metadata: object = {}) =>
  Pod.parse({ metadata: { name: 'shop-a-1', uid: '1', ...metadata }, status: { phase: 'Pending', ...status } })
const waiting = (reason: string, message = '', more: object = {}) =>
  pod({
    containerStatuses: [{ name: 'app', image: 'registry/shop@sha256:1', state: { waiting: { reason, message } }, ...more }],
  })
const unscheduled = (message: string) =>
  pod({ conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }] })
const running = pod({
  phase: 'Running',
  conditions: [{ type: 'Ready', status: 'False' }],
  containerStatuses: [{ name: 'app', state: { running: { startedAt: '2026-11-30T00:00:00Z' } } }],
})
const ready = pod({ phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] })
const failing = (message: string) => Condition.parse({ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message })
const crashed = (exitCode: number, restartCount: number, reason = 'Error') =>
  waiting('CrashLoopBackOff', 'back-off 10s', { restartCount, lastState: { terminated: { exitCode, reason } } })

const none = { probes: {}, lines: {} }
const quota = 'pods "shop-a-1" is forbidden: exceeded quota: small, requested: pods=1, used: pods=2, limited: pods=2'

const rows: readonly (readonly [
  string,
  readonly Condition[],
  readonly Pod[],
  typeof none | object,
  UnreadyKind,
  string,
  boolean,
])[] = [
  [
    'an image that is not there',
    [],
    [waiting('ErrImagePull', 'manifest unknown')],
    none,
    'image',
    'image registry/shop@sha256:1 cannot be pulled: manifest unknown',
    true,
  ],
  [
    'a registry that is away',
    [],
    [waiting('ImagePullBackOff', 'dial tcp: connection refused')],
    none,
    'image',
    'image registry/shop@sha256:1 cannot be pulled: dial tcp: connection refused',
    false,
  ],
  [
    'an image without a name',
    [],
    [waiting('InvalidImageName')],
    none,
    'image',
    'image registry/shop@sha256:1 cannot be pulled: InvalidImageName',
    true,
  ],
  [
    'a Secret that is not there',
    [],
    [waiting('CreateContainerConfigError', 'secret "db" not found')],
    none,
    'cannot-create',
    'container app cannot be created: secret "db" not found',
    false,
  ],
  [
    'a crash',
    [],
    [crashed(1, 1)],
    { ...none, lines: { 'shop-a-1': ['starting', '', 'no DATABASE_URL'] } },
    'crash-loop',
    'container app ends with exit code 1, and printed last: starting | no DATABASE_URL',
    false,
  ],
  [
    'a crash loop',
    [],
    [crashed(3, 5)],
    none,
    'crash-loop',
    'container app ends with exit code 3 again and again (5 restarts)',
    true,
  ],
  [
    'too little memory',
    [],
    [crashed(137, 2, 'OOMKilled')],
    none,
    'crash-loop',
    'container app runs out of memory again and again (2 restarts)',
    false,
  ],
  [
    'no cpu',
    [],
    [unscheduled('0/3 nodes are available: 3 Insufficient cpu.')],
    none,
    'unschedulable',
    'no node has enough cpu for pod shop-a-1: 0/3 nodes are available: 3 Insufficient cpu.',
    false,
  ],
  [
    'no cpu, no memory',
    [],
    [unscheduled('0/2 nodes are available: 1 Insufficient cpu, 2 Insufficient memory.')],
    none,
    'unschedulable',
    'no node has enough cpu and memory for pod shop-a-1: 0/2 nodes are available: 1 Insufficient cpu, 2 Insufficient memory.',
    false,
  ],
  [
    'no such node',
    [],
    [unscheduled("0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.")],
    none,
    'unschedulable',
    "no node takes pod shop-a-1: 0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
    false,
  ],
  [
    'a claim without a volume',
    [],
    [unscheduled('0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.')],
    none,
    'volume',
    'pod shop-a-1 waits for its volume: 0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.',
    false,
  ],
  [
    'a claim that is not there',
    [],
    [unscheduled('0/1 nodes are available: persistentvolumeclaim "data" not found.')],
    none,
    'volume',
    'pod shop-a-1 waits for its volume: 0/1 nodes are available: persistentvolumeclaim "data" not found.',
    false,
  ],
  [
    'no quota',
    [failing(quota)],
    [],
    none,
    'quota',
    'the namespace is out of quota small: it asks for pods=1, and pods=2 of pods=2 are used',
    false,
  ],
  [
    'a policy',
    [failing("pods \"shop-a-1\" is forbidden: ValidatingAdmissionPolicy 'no-latest' with binding 'b' denied request: no")],
    [],
    none,
    'admission',
    "no-latest does not admit its pods: pods \"shop-a-1\" is forbidden: ValidatingAdmissionPolicy 'no-latest' with binding 'b' denied request: no",
    true,
  ],
  [
    'pod security',
    [failing('pods "shop-a-1" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true')],
    [],
    none,
    'admission',
    'PodSecurity "restricted:latest" does not admit its pods: pods "shop-a-1" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true',
    true,
  ],
  [
    'a service account that is not there yet',
    [failing('pods "shop-a-1" is forbidden: error looking up service account shop/app: serviceaccount "app" not found')],
    [],
    none,
    'admission',
    'the cluster does not admit its pods: pods "shop-a-1" is forbidden: error looking up service account shop/app: serviceaccount "app" not found',
    false,
  ],
  [
    'a webhook that is away',
    [failing('Internal error occurred: failed calling webhook "w": timeout')],
    [],
    none,
    'admission',
    'the cluster does not admit its pods: Internal error occurred: failed calling webhook "w": timeout',
    false,
  ],
  [
    'a probe',
    [],
    [running],
    { ...none, probes: { 'shop-a-1': 'its readiness probe was answered 503' } },
    'probe',
    'pod shop-a-1 runs, and its readiness probe was answered 503',
    false,
  ],
  [
    'a probe that was not asked yet',
    [],
    [running],
    none,
    'probe',
    'pod shop-a-1 runs, and its readiness probe has not passed yet',
    false,
  ],
  ['a pod that begins', [], [waiting('ContainerCreating')], none, 'starting', 'pod shop-a-1 is being started', false],
  ['nothing', [], [], none, 'no-pods', 'there is no pod yet', false],
  [
    'the gravest of two',
    [failing(quota)],
    [running],
    none,
    'quota',
    'the namespace is out of quota small: it asks for pods=1, and pods=2 of pods=2 are used',
    false,
  ],
]

describe('the reason why a revision is not ready', () => {
  for (const [what, conditions, pods, beside, kind, sentence, isHopeless] of rows)
    it(`is one sentence for ${what}, with whether waiting helps`, () => {
      expect(unreadyOf(conditions, pods, beside as typeof none)).to.deep.equal({ kind, sentence, isHopeless })
    })

  it('is null when all serving pods are ready, whatever pods say that are being deleted or were evicted', () => {
    const evicted = pod({ phase: 'Failed', reason: 'Evicted', conditions: [{ type: 'Ready', status: 'False' }] })
    const leaving = pod({ conditions: [{ type: 'Ready', status: 'False' }] }, { deletionTimestamp: '2026-11-30T00:00:00Z' })
    expect(unreadyOf([], [ready, evicted, leaving], none)).to.equal(null)
  })
})
