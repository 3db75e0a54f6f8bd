/** A pod that a test drives by hand through its lifecycle, without processes and cluster, and with a clock of its own. */
import type { V1Container, V1ObjectMeta, V1Pod, V1PodSpec, V1PodStatus } from '@kubernetes/client-node'
import { backOffPolicy } from './back-off.ts'
import type { Effect } from './decide.ts'
import { decide } from './decide.ts'
import type { Observation } from './observe.ts'
import { observe } from './observe.ts'
import { podStatus } from './pod-status.ts'
import type { PodState } from './pod-state.ts'
import { begin } from './pod-state.ts'

export const bornAt = Date.UTC(2026, 0, 1)

interface PodRest {
  readonly metadata?: V1ObjectMeta
  readonly status?: V1PodStatus
}

export const podOf = (spec: Partial<V1PodSpec> = {}, container: Partial<V1Container> = {}, rest: PodRest = {}): V1Pod => ({
  metadata: Object.assign({ name: 'shop-1', namespace: 'shop', uid: '0001', generation: 1 }, rest.metadata),
  spec: { containers: [{ name: 'app', image: 'shop:1', ...container }], nodeName: 'here', ...spec },
  ...(rest.status ? { status: rest.status } : {}),
})

export function drivenPod(pod: V1Pod) {
  let now = bornAt
  let state: PodState = begin(pod, backOffPolicy(10_000), now)
  let wakeAt = Infinity
  let starts = 0
  const step = (): readonly Effect[] => {
    const decided = decide(state, now)
    state = decided.state
    wakeAt = decided.wakeAt
    return decided.effects
  }
  const driven = {
    step,
    /** Folds in an observation, and answers what is decided after it. */
    seen(observation: Observation): readonly Effect[] {
      state = observe(state, observation, now)
      return step()
    },
    /** Moves the clock to the moment that the last decision named. */
    wake(): readonly Effect[] {
      now = wakeAt
      return step()
    },
    wait(ms: number): readonly Effect[] {
      now += ms
      return step()
    },
    /** Reports that the container's process has started, with a new id. */
    startedNow(container = 'app'): readonly Effect[] {
      starts += 1
      return driven.seen({ kind: 'started', container, id: `run-${starts}` })
    },
    exit(exitCode: number, { container = 'app', isOutOfMemory = false } = {}): readonly Effect[] {
      const { phase } = driven.container(container)
      const id = phase.kind === 'running' ? phase.id : ''
      return driven.seen({ kind: 'exited', container, id, exitCode, isOutOfMemory })
    },
    probed(probe: 'startup' | 'readiness' | 'liveness', isWell: boolean): readonly Effect[] {
      const { phase } = driven.container('app')
      const id = phase.kind === 'running' ? phase.id : ''
      return driven.seen({
        kind: 'probed',
        container: 'app',
        id,
        probe,
        isWell,
        message: 'HTTP probe failed with statuscode: 503',
      })
    },
    /** Reports the network and the processes of all main containers as up. */
    run(): readonly Effect[] {
      step()
      driven.seen({ kind: 'sandbox-up', ip: '10.244.0.10' })
      return driven.startedNow()
    },
    container(name: string) {
      const found = state.containers.find(({ spec }) => spec.name === name)
      if (!found) throw new Error(`no container ${name}`)
      return found
    },
    delete(graceSeconds: number): readonly Effect[] {
      const deletion = { deletionTimestamp: new Date(now), deletionGracePeriodSeconds: graceSeconds }
      return driven.seen({
        kind: 'updated',
        pod: Object.assign({}, pod, { metadata: Object.assign({}, pod.metadata, deletion) }),
      })
    },
    state: () => state,
    status: () => podStatus(state, { hostIP: '10.244.0.1' }, [], now),
    passedMs: () => now - bornAt,
    wakesInMs: () => wakeAt - now,
  }
  return driven
}

/** The effects in short, without notes. */
export const short = (effects: readonly Effect[]): string[] =>
  effects.flatMap((each) => {
    if (each.kind === 'note') return []
    if (each.kind === 'signal') return [`${each.signal} ${each.container}`]
    return ['container' in each ? `${each.kind} ${each.container}` : each.kind]
  })

export const notes = (effects: readonly Effect[]): string[] =>
  effects.flatMap((each) => (each.kind === 'note' ? [`${each.note.reason}: ${each.note.message}`] : []))
