/** A Problem crosses Temporal as a failure with its code as type. Temporal does not retry a final one. */
import { ApplicationFailure } from '@temporalio/common'
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker'
import { Problem, problemRow } from '../../domain/problem.ts'

/** The failure that carries a problem through histories. Its details have what an answer may show. */
export const failureFrom = ({ code, message, hint, more, cause }: Problem): ApplicationFailure =>
  ApplicationFailure.create({
    type: code,
    message,
    nonRetryable: !problemRow(code).retry,
    details: [{ hint, more }],
    ...(cause instanceof Error ? { cause } : {}),
  })

/** Turns every Problem that an activity throws into its failure. Any other error stays retryable. */
export class ProblemInterceptor implements ActivityInboundCallsInterceptor {
  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    try {
      return await next(input)
    } catch (error) {
      throw error instanceof Problem ? failureFrom(error) : error
    }
  }
}
