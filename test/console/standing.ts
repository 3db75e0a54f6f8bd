/** Releases and rollbacks in each phase or ended, as the API shows them. */
import type { Reason } from '../../domain/rollout/reason.ts'
import type { Outcome, Phase } from '../../domain/rollout/phase.ts'
import { legalRequests, shownState, waitsIn } from '../../domain/rollout/phase.ts'
import type { Release, Rollback } from '../../schema/release.ts'
import type { Recorded } from './recorded-api.ts'
import { baking, bringingBack } from './recordings.ts'

export const minute = 60_000
export const ago = (ms: number): string => new Date(Date.now() - ms).toISOString()
export const ahead = (ms: number): string => new Date(Date.now() + ms).toISOString()

export const problem = (status: number, code: string, detail: string, hint?: string): Recorded => ({
  status,
  body: { status, code, title: code, detail, ...(hint ? { hint } : {}), requestId: 'r' },
})

const reasons: Partial<Record<Phase, Reason>> = {
  held: { code: 'inconclusive', detail: 'neither good nor bad was shown; errors: at most 2.1 % after 1820 requests, needs 1 %' },
  reverting: { code: 'fail', detail: '13.9 % of 223 requests failed; the stable version had none (E 1.2e6, limit 125)' },
  'needs-operator': {
    code: 'revert-failed',
    detail: '1.4.0 has 0 of 2 healthy replicas after 120 s',
    hint: "'holdfast logs checkout -e production' shows what it printed",
  },
}

export const weights: Partial<Record<Phase, number>> = {
  queued: 0,
  starting: 0,
  reverting: 0,
  watching: 100,
  'removing-old': 100,
}

/** A release in a phase. */
export function releaseIn(phase: Phase, over: Partial<Release> = {}): Release {
  const weightPercent = weights[phase] ?? 50
  const isForPeople = (['gated', 'paused', 'held'] as Phase[]).includes(phase)
  const at = ahead(3 * 3_600_000)
  return {
    ...baking,
    state: shownState(phase, null),
    phase,
    weightPercent,
    move: phase === 'watching' || phase === 'removing-old' || phase === 'promoting' ? 2 : weightPercent === 50 ? 1 : 0,
    reason: reasons[phase] ?? null,
    waitsFor:
      phase === 'queued'
        ? 'checkout-6, which has the turn in checkout/production'
        : waitsIn[phase] &&
          `${waitsIn[phase]}${isForPeople ? `, until ${at.slice(0, 16).replace('T', ' ')} UTC; then it is reverted to 1.4.0` : ''}`,
    until: isForPeople ? { at, next: 'it is reverted to 1.4.0' } : null,
    legalRequests: [...legalRequests(phase)],
    analysis: phase === 'queued' || phase === 'starting' ? null : baking.analysis,
    createdAt: ago(12 * minute),
    startedAt: ago(12 * minute),
    phaseSince: ago(4 * minute),
    ...over,
  }
}

export const releaseEnded = (outcome: Outcome, reason: Reason | null, over: Partial<Release> = {}): Release => ({
  ...releaseIn('baking'),
  state: outcome,
  phase: null,
  outcome,
  weightPercent: outcome === 'succeeded' ? 100 : 0,
  move: outcome === 'succeeded' ? 2 : 1,
  reason,
  waitsFor: null,
  until: null,
  legalRequests: [],
  phaseSince: null,
  endedAt: ago(minute),
  ...over,
})

export const rollbackIn = (phase: Phase, over: Partial<Rollback> = {}): Rollback => ({
  ...bringingBack,
  state: shownState(phase, null),
  phase,
  weightPercent: weights[phase] ?? 50,
  reason: reasons[phase] ?? null,
  waitsFor: waitsIn[phase],
  legalRequests: [...legalRequests(phase)],
  createdAt: ago(5 * minute),
  startedAt: ago(5 * minute),
  phaseSince: ago(minute),
  ...over,
})

export const failure = '13.9 % of 223 requests failed; the stable version had none (E 1.2e6, limit 125)'

export const manyReleases = Array.from({ length: 200 }, (_, i): Release => {
  const id = `checkout-${300 - i}`
  const ended: readonly [Outcome, Reason | null][] = [
    ['succeeded', null],
    ['rolled-back', { code: 'fail', detail: '13.9 % of 223 requests failed; the stable version had none (E 1.2e6, limit 125)' }],
    ['rolled-back', { code: 'inconclusive', detail: 'neither good nor bad was shown' }],
    ['aborted', { code: 'aborted', detail: 'seen enough' }],
    ['superseded', null],
  ]
  if (i === 0) return { ...releaseIn('held'), id }
  const [outcome, reason] = ended[i % ended.length] ?? ['succeeded', null]
  return releaseEnded(outcome, reason, {
    id,
    version: `1.${300 - i}.0`,
    environment: i % 3 ? 'production' : 'staging',
    createdAt: ago(i * 47 * minute),
  })
})
