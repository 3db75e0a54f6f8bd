/** Which releases and rollbacks a list shows: a condition over their rows and the turn that is seen of each. */
import { phases, shownState } from '../../../domain/rollout/phase.ts'
import type { Outcome, Phase, ShownState } from '../../../domain/rollout/phase.ts'

export interface SubjectFilter {
  readonly service: string | null
  /** Empty: whatever state. */
  readonly states: readonly ShownState[]
  readonly environment: string | null
  /** Created then or later. */
  readonly since: Date | null
  readonly before: Date | null
}

/** Parameters $1 to $9, in the order of `filterSql`. */
export const filterValues = ({ service, states, environment, since, before }: SubjectFilter): readonly unknown[] => [
  service,
  since,
  before,
  environment,
  states.length === 0,
  states.filter((state) => isOutcome(state)),
  phases.filter((phase) => phase !== 'ended' && states.includes(shownState(phase, null))),
  states.includes('accepted'),
  states.includes('progressing'),
]

const isOutcome = (state: ShownState): state is Outcome =>
  (['succeeded', 'rolled-back', 'aborted', 'superseded', 'rejected'] satisfies Outcome[] as readonly string[]).includes(state)

const queued: Phase = 'queued'

/** As api/views/release.ts has the states. @param isIn says whether a row is of the environment $4 */
export const filterSql = (isIn: string): string => `($1::text is null or s.service = $1)
  and ($2::timestamptz is null or s.created_at >= $2) and ($3::timestamptz is null or s.created_at < $3)
  and ($4::text is null or ${isIn})
  and ($5::boolean or s.outcome = any($6::text[]) or (s.outcome is null and case
    when t is null or t->>'state' = 'over' or s.ended_at is not null then $9::boolean
    when t->>'phase' = '${queued}' and s.started_at is null then $8::boolean
    else t->>'phase' = any($7::text[]) end))`
