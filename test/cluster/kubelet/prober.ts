/** Runs each wanted probe periodically while its container runs. */
import type { V1Probe } from '@kubernetes/client-node'
import { isStarted } from './decide.ts'
import type { PodState } from './pod-state.ts'
import type { ProbeKind } from './probe-counts.ts'
import { probeOf } from './probe-counts.ts'
import type { Answer } from './probing.ts'

export interface WantedProbe {
  readonly container: string
  /** The id of the process. The probes of a new one begin anew. */
  readonly id: string
  readonly kind: ProbeKind
  readonly probe: V1Probe
}

/**
 * The probes that a pod's containers need now: startup first; then readiness, also while a container ends, and liveness, until it is asked
 * to end.
 */
export function wantedProbes({ containers }: PodState): readonly WantedProbe[] {
  return containers.flatMap((each) => {
    const { phase, spec } = each
    if (phase.kind !== 'running') return []
    const kinds: readonly ProbeKind[] = phase.stopping
      ? isStarted(each)
        ? ['readiness']
        : []
      : isStarted(each)
        ? ['readiness', 'liveness']
        : ['startup']
    return kinds.flatMap((kind) => {
      const probe = probeOf(spec, kind)
      return probe ? [{ container: spec.name, id: phase.id, kind, probe }] : []
    })
  })
}

export interface Prober {
  /** Runs these probes from now on, and no others. */
  keep(wanted: readonly WantedProbe[]): void
}

/**
 * Soon after the start, a probe runs more often, so that a pod becomes ready before its first period is over. Only a success counts then.
 */
const eagerMs = [100, 250, 500, 1_000]

export function createProber(
  ask: (wanted: WantedProbe) => Promise<Answer>,
  onAnswer: (wanted: WantedProbe, answer: Answer) => void,
): Prober {
  const running = new Map<string, () => void>()
  const begin = (wanted: WantedProbe): (() => void) => {
    const { probe, kind } = wanted
    let isOver = false
    let wasWell = false
    const once = async (counts: boolean): Promise<void> => {
      const answer = await ask(wanted)
      if (isOver || (!counts && (!answer.isWell || wasWell))) return
      wasWell ||= answer.isWell
      onAnswer(wanted, answer)
    }
    const firstMs = (probe.initialDelaySeconds ?? 0) * 1_000
    const timers: NodeJS.Timeout[] = []
    const periodically = async (): Promise<void> => {
      await once(true)
      if (!isOver) timers[0] = setTimeout(() => void periodically(), (probe.periodSeconds ?? 10) * 1_000)
    }
    timers.push(setTimeout(() => void periodically(), firstMs))
    if (kind !== 'liveness') timers.push(...eagerMs.map((ms) => setTimeout(() => void (wasWell || once(false)), firstMs + ms)))
    return () => {
      isOver = true
      for (const timer of timers) clearTimeout(timer)
    }
  }
  return {
    keep(wanted) {
      const keys = new Map(wanted.map((each) => [`${each.container}/${each.kind}/${each.id}`, each]))
      for (const [key, end] of running) {
        if (keys.has(key)) continue
        end()
        running.delete(key)
      }
      for (const [key, each] of keys) if (!running.has(key)) running.set(key, begin(each))
    },
  }
}
