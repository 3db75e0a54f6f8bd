/** Two steps of a pod that can fail in many ways: making its volumes and its network, and starting a container. */
import { join } from 'node:path'
import type { V1Pod } from '@kubernetes/client-node'
import type { Effect } from './decide.ts'
import type { ContainerRun } from './container-run.ts'
import { runContainer } from './container-run.ts'
import { pull } from './images.ts'
import type { ContainerObservation, Observation } from './observe.ts'
import type { WorkerDependencies } from './pod-dependencies.ts'
import type { Container } from './pod-state.ts'
import type { SandboxNetwork } from './sandbox.ts'
import { variablesOf } from './variables.ts'
import { linkMounts, makeVolumes } from './volumes.ts'

/** Makes the volumes first, so that a pod that waits for a ConfigMap takes no address. */
export async function makeSandbox(
  pod: V1Pod,
  podId: string,
  folder: string,
  { networks, objects }: WorkerDependencies,
  onMade: (network: SandboxNetwork) => void,
): Promise<Observation> {
  const failed = (reason: string) => (error: unknown) =>
    ({ kind: 'sandbox-failed', reason, message: (error as Error).message }) as const
  const volumes = join(folder, 'volumes')
  const unmounted = await makeVolumes(volumes, pod, { podIP: '', hostIP: networks.hostIP }, objects).then(
    () => undefined,
    failed('FailedMount'),
  )
  if (unmounted) return unmounted
  try {
    for (const spec of [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]) {
      await linkMounts(join(folder, 'roots', spec.name), volumes, spec)
    }
    const network = pod.spec?.hostNetwork ? networks.host : await networks.make(podId)
    onMade(network)
    return { kind: 'sandbox-up', ip: network.ip }
  } catch (error) {
    return failed('FailedCreatePodSandBox')(error)
  }
}

interface Launching {
  readonly pod: V1Pod
  readonly own: Container
  readonly podId: string
  readonly folder: string
  readonly network: SandboxNetwork
  readonly pids: string
}

/** The running container, or why there is none. */
export async function launch(
  { pod, own, podId, folder, network, pids }: Launching,
  { images, networks, objects, memory }: WorkerDependencies,
): Promise<ContainerRun | ContainerObservation> {
  const { spec, last, restarts } = own
  const container = spec.name
  const not = (reason: string, error: unknown) =>
    ({ kind: 'not-started', container, reason, message: (error as Error).message }) as const
  const image = spec.image ?? ''
  const pulled = await images().then(
    (known) => pull(known, image, spec.imagePullPolicy),
    (error: Error) =>
      ({ kind: 'failed', reason: 'ErrImagePull', message: `failed to pull image "${image}": ${error.message}` }) as const,
  )
  if (pulled.kind === 'failed') return { kind: 'pull-failed', container, reason: pulled.reason, message: pulled.message }
  const at = { podIP: network.ip, hostIP: networks.hostIP }
  let variables: Record<string, string>
  try {
    variables = await variablesOf(pod, spec, at, objects.of(pod.metadata?.namespace ?? ''))
  } catch (error) {
    return not('CreateContainerConfigError', error)
  }
  const run = restarts + (last ? 1 : 0)
  const plan = { pod, spec, podId, restarts: run, image: pulled.image, network: network.pid, folder, pids, memory }
  return runContainer({ ...plan, variables }).catch((error: unknown) => not('RunContainerError', error))
}

/** What a step that threw comes to, so that its pod waits for nothing. Undefined where nobody waits for the step. */
export function failedStep(effect: Effect, error: unknown): Observation | undefined {
  const message = error instanceof Error ? error.message : String(error)
  switch (effect.kind) {
    case 'make-sandbox':
      return { kind: 'sandbox-failed', reason: 'FailedCreatePodSandBox', message }
    case 'remove-sandbox':
      return { kind: 'sandbox-removed' }
    case 'start':
      return { kind: 'not-started', container: effect.container, reason: 'RunContainerError', message }
    case 'hook':
      return { kind: 'hook-is-over', container: effect.container, id: effect.id, failure: message }
    default:
      return undefined
  }
}
