/** The public protocol of the workflows: how others name, start and address them. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow'
import { lookSignalName, requestUpdateName, stateQueryName } from '../domain/temporal-names.ts'
import type { Request } from '../domain/rollout/phase.ts'
import type { RolloutState } from '../domain/rollout/rollout.ts'

export interface RequestAck {
  readonly phase: string
}

/** A person's request to a rollout or rollback. Rejected with `wrong-phase` when illegal in the present phase. */
export const requestUpdate = defineUpdate<RequestAck, [Request]>(requestUpdateName)

/** The turn may have been granted, or something is asked in the turn's row: go and look. Only hastens. */
export const lookSignal = defineSignal(lookSignalName)

export const stateQuery = defineQuery<RolloutState>(stateQueryName)
