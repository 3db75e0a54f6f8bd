/** The verdict of a probe. It changes after as many equal answers in a row as the threshold says. Pure. */
import type { V1Container, V1Probe } from '@kubernetes/client-node'

export const probeKinds = ['startup', 'readiness', 'liveness'] as const
export type ProbeKind = (typeof probeKinds)[number]

export interface ProbeCount {
  /** `unknown` until the first threshold is met. It counts as not started, not ready, and alive. */
  readonly verdict: 'unknown' | 'success' | 'failure'
  readonly last?: 'success' | 'failure'
  readonly inARow: number
}

export const noAnswers: ProbeCount = { verdict: 'unknown', inARow: 0 }

export function probeOf(container: V1Container, kind: ProbeKind): V1Probe | undefined {
  return { startup: container.startupProbe, readiness: container.readinessProbe, liveness: container.livenessProbe }[kind]
}

/** The verdict after one more answer. */
export function counted(before: ProbeCount, isWell: boolean, probe: V1Probe): ProbeCount {
  const answer = isWell ? 'success' : 'failure'
  const inARow = before.last === answer ? before.inARow + 1 : 1
  const threshold = isWell ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3)
  return { verdict: inARow >= threshold ? answer : before.verdict, last: answer, inARow }
}
