/** Why a revision is not ready, in one sentence, from the conditions of its Deployment and its pods. Pure. */
import type { Condition, ContainerStatus, Pod } from './pod.ts'
import { conditionOf, isReady, isServing } from './pod.ts'

export type UnreadyKind =
  | 'image'
  | 'crash-loop'
  | 'cannot-create'
  | 'unschedulable'
  | 'volume'
  | 'quota'
  | 'admission'
  | 'probe'
  | 'starting'
  | 'no-pods'

export interface Unready {
  readonly kind: UnreadyKind
  readonly sentence: string
  /** Waiting does not help: somebody must change the version or the cluster. */
  readonly isHopeless: boolean
}

/** What a pod's object does not have: the last answer to its probe, and the last lines that it printed. By the pod's name. */
export interface Beside {
  readonly probes: Readonly<Record<string, string>>
  readonly lines: Readonly<Record<string, readonly string[]>>
}

/** A container that was restarted this often does not become ready by itself. */
const hopelessRestarts = 3

/** The gravest reason over all pods. Null when every serving pod is ready and the Deployment reports no failure. */
export function unreadyOf(conditions: readonly Condition[], pods: readonly Pod[], beside: Beside): Unready | null {
  const serving = pods.filter(isServing)
  const reasons = serving.filter((pod) => !isReady(pod)).map((pod) => ofPod(pod, beside))
  const all = [...notCreated(conditions), ...reasons]
  const gravest = all.toSorted((a, b) => gravity.indexOf(a.kind) - gravity.indexOf(b.kind))[0]
  if (gravest) return gravest
  return serving.length > 0 ? null : { kind: 'no-pods', sentence: 'there is no pod yet', isHopeless: false }
}

/** The gravest first. The reason why a pod does not exist says more than the reason why a pod is not ready. */
const gravity: readonly UnreadyKind[] = [
  ...(['admission', 'quota', 'image', 'cannot-create', 'crash-loop', 'volume', 'unschedulable', 'probe', 'starting'] as const),
  'no-pods',
]

/** Why the Deployment cannot create pods. */
function notCreated(conditions: readonly Condition[]): readonly Unready[] {
  const failure = conditionOf(conditions, 'ReplicaFailure')
  if (failure?.status !== 'True') return []
  const { message } = failure
  if (/exceeded quota/.test(message)) {
    const quota = /exceeded quota: ([^,]+), requested: ([^,]+(?:,[^:]*)?)(?:, used: (.+?), limited: (.+))?$/.exec(message)
    const sentence = quota?.[4]
      ? `the namespace is out of quota ${quota[1]}: it asks for ${quota[2]}, and ${quota[3]} of ${quota[4]} are used`
      : `the namespace is out of quota: ${message}`
    return [{ kind: 'quota', sentence, isHopeless: false }]
  }
  const policy = /ValidatingAdmissionPolicy '([^']+)'|admission webhook "([^"]+)"|violates (PodSecurity "[^"]+")/.exec(message)
  const by = policy?.[1] ?? policy?.[2] ?? policy?.[3]
  // A webhook that does not answer may answer later, and so may a cluster that names no policy: a service account that is not there yet, a timeout.
  const isPolicy = by !== undefined && !/failed calling webhook/.test(message)
  return [{ kind: 'admission', sentence: `${by ?? 'the cluster'} does not admit its pods: ${message}`, isHopeless: isPolicy }]
}

function ofPod(pod: Pod, beside: Beside): Unready {
  const { name } = pod.metadata
  const containers = [...pod.status.initContainerStatuses, ...pod.status.containerStatuses]
  const waiting = containers.map((one) => ofContainer(name, one, beside)).find((reason) => reason !== null)
  if (waiting) return waiting
  const scheduled = conditionOf(pod.status.conditions, 'PodScheduled')
  if (scheduled?.status === 'False') return notScheduled(name, scheduled.message)
  const probe = beside.probes[name]
  if (probe !== undefined) return { kind: 'probe', sentence: `pod ${name} runs, and ${probe}`, isHopeless: false }
  const isRunning = pod.status.containerStatuses.some(({ state }) => state.running !== undefined)
  const sentence = isRunning ? `pod ${name} runs, and its readiness probe has not passed yet` : `pod ${name} is being started`
  return { kind: isRunning ? 'probe' : 'starting', sentence, isHopeless: false }
}

function notScheduled(name: string, message: string): Unready {
  if (/persistentvolumeclaim|PersistentVolumeClaim|volume node affinity/.test(message))
    return { kind: 'volume', sentence: `pod ${name} waits for its volume: ${message}`, isHopeless: false }
  const lacking = [...new Set([...message.matchAll(/Insufficient ([^\s.,]+)/g)].map(([, what]) => what))]
  const what = lacking.length > 0 ? `no node has enough ${lacking.join(' and ')} for pod ${name}` : `no node takes pod ${name}`
  return { kind: 'unschedulable', sentence: `${what}: ${message}`, isHopeless: false }
}

const badImage = new Set(['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull', 'ImageInspectError'])

function ofContainer(pod: string, container: ContainerStatus, beside: Beside): Unready | null {
  const { name, image, state, lastState, restartCount } = container
  const { reason = '', message = '' } = state.waiting ?? {}
  if (badImage.has(reason)) {
    const isHopeless = reason === 'InvalidImageName' || /not found|manifest unknown|unauthorized|denied/i.test(message)
    return { kind: 'image', sentence: `image ${image} cannot be pulled: ${message || reason}`, isHopeless }
  }
  if (reason === 'CreateContainerConfigError' || reason === 'CreateContainerError' || reason === 'RunContainerError')
    return { kind: 'cannot-create', sentence: `container ${name} cannot be created: ${message || reason}`, isHopeless: false }
  const end = state.terminated ?? lastState.terminated
  const isAgain = reason === 'CrashLoopBackOff' || (restartCount > 0 && end !== undefined && container.ready === false)
  if (!isAgain || !end || (end.exitCode === 0 && reason !== 'CrashLoopBackOff')) return null
  const how = end.reason === 'OOMKilled' ? 'runs out of memory' : `ends with exit code ${end.exitCode}`
  const last = beside.lines[pod]?.filter((line) => line.trim() !== '').slice(-3) ?? []
  const printed = last.length > 0 ? `, and printed last: ${last.join(' | ')}` : ''
  const times = restartCount > 1 ? ` again and again (${restartCount} restarts)` : ''
  const sentence = `container ${name} ${how}${times}${printed}`
  return { kind: 'crash-loop', sentence, isHopeless: restartCount >= hopelessRestarts }
}
