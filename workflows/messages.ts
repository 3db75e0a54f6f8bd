/** The protocol of the workflows: the messages that others send them. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow'
import { wakeSignalName, requestUpdateName, stateQueryName } from '../domain/temporal-names.ts'
import type { Request } from '../domain/rollout/phase.ts'
import type { RolloutState } from '../domain/rollout/rollout.ts'

export interface RequestAck {
  readonly phase: string
}

/** A person's request to a rollout or rollback. Rejected with `wrong-phase` when illegal in the present phase. */
export const requestUpdate = defineUpdate<RequestAck, [Request]>(requestUpdateName)

/** Wakes a workflow: its turn may have been granted, or its row holds a request. It only saves time. */
export const wakeSignal = defineSignal(wakeSignalName)

export const stateQuery = defineQuery<RolloutState>(stateQueryName)
