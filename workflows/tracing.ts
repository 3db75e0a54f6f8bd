/**
 * Passes a trace on to what a workflow starts, and tells a sink when the run is over. It adds no promise, so that messages of one task keep
 * their order and a history replays whether it was traced or not.
 */
import type { Headers } from '@temporalio/common'
import type { Sinks, WorkflowInterceptors } from '@temporalio/workflow'
import { defaultPayloadConverter, isCancellation, proxySinks, workflowInfo } from '@temporalio/workflow'
import type { TraceHeaders, WorkflowSpan } from '../domain/trace.ts'
import { spanOfRun, within } from '../domain/trace.ts'

interface TracingSinks extends Sinks {
  readonly tracing: { ended(span: WorkflowSpan): void }
}

/** Temporal's interceptors of clients and activities use this name. */
const header = '_tracer-data'

const { tracing } = proxySinks<TracingSinks>()

/** Temporal calls this once per run. */
export const interceptors = (): WorkflowInterceptors => {
  let passedOn: Headers = {}
  return {
    inbound: [
      {
        execute(input, next) {
          const parent = traceIn(input.headers)
          const inner = parent && within(parent, spanOfRun(workflowInfo().runId))
          if (!inner) return next(input)
          passedOn = { [header]: defaultPayloadConverter.toPayload(inner) }
          return reportEnd(parent, next(input))
        },
        handleUpdate(input, next) {
          const parent = traceIn(input.headers)
          if (parent) tracing.ended({ name: `HandleUpdate:${input.name}`, parent, id: null, failure: null })
          return next(input)
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => next({ ...input, headers: { ...input.headers, ...passedOn } }),
        startChildWorkflowExecution: (input, next) => next({ ...input, headers: { ...input.headers, ...passedOn } }),
      },
    ],
  }
}

/** Tells the sink when the run ends. Returns the same promise that it was given. */
function reportEnd(parent: TraceHeaders, running: Promise<unknown>): Promise<unknown> {
  const { runId, workflowType } = workflowInfo()
  const ended = (failure: string | null) =>
    tracing.ended({ name: `RunWorkflow:${workflowType}`, parent, id: spanOfRun(runId), failure })
  void running.then(
    () => ended(null),
    (error: unknown) => ended(isCancellation(error) ? null : String(error)),
  )
  return running
}

const traceIn = (headers: Headers): TraceHeaders | null => {
  const payload = headers[header]
  return payload ? defaultPayloadConverter.fromPayload<TraceHeaders>(payload) : null
}
