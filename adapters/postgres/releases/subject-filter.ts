/** Which releases and rollbacks a list shows: a condition over their rows and the turn that people see of each. */
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { phases, shownState } from '../../../domain/rollout/phase.ts'
import type { Outcome, Phase, ShownState } from '../../../domain/rollout/phase.ts'

export interface SubjectFilter {
  readonly service: string | null
  /** Empty: every state. */
  readonly states: readonly ShownState[]
  readonly environment: string | null
  /** Created then or later. */
  readonly since: Date | null
  readonly before: Date | null
}

const isOutcome = (state: ShownState): state is Outcome =>
  (['succeeded', 'rolled-back', 'aborted', 'superseded', 'rejected'] satisfies Outcome[] as readonly string[]).includes(state)

const queued: Phase = 'queued'

/**
 * Conditions over the subject `s` and its turn `t`, with the states as api/views/release.ts shows them.
 * @param isIn says whether a row is of an environment
 */
export function conditionsOf(filter: SubjectFilter, isIn: (environment: string) => RawBuilder<boolean>): RawBuilder<boolean>[] {
  const { service, states, environment, since, before } = filter
  return [
    ...(service === null ? [] : [sql<boolean>`s.service = ${service}`]),
    ...(since === null ? [] : [sql<boolean>`s.created_at >= ${since}`]),
    ...(before === null ? [] : [sql<boolean>`s.created_at < ${before}`]),
    ...(environment === null ? [] : [isIn(environment)]),
    ...(states.length === 0 ? [] : [isShownAs(states)]),
  ]
}

function isShownAs(states: readonly ShownState[]): RawBuilder<boolean> {
  const outcomes = states.filter((state) => isOutcome(state))
  const shown = phases.filter((phase) => phase !== 'ended' && states.includes(shownState(phase, null)))
  return sql`(s.outcome = any(${outcomes}::text[]) or (s.outcome is null and case
    when t is null or t->>'state' = 'over' or s.ended_at is not null then ${states.includes('progressing')}::boolean
    when t->>'phase' = ${queued} and s.started_at is null then ${states.includes('accepted')}::boolean
    else t->>'phase' = any(${shown}::text[]) end))`
}
