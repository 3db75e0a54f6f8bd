/** What a process with telemetry gives to what it opens. */
import type { WorkflowClientInterceptor } from '@temporalio/client'
import type { ActivityInterceptorsFactory } from '@temporalio/worker'
import type { Logger } from 'pino'
import type { WorkflowSpan } from '../../domain/trace.ts'

/** What Temporal says of the run that calls. */
export interface WorkflowRun {
  readonly workflowId: string
  readonly runId: string
  readonly runStartTime: Date
}

/** What workflows call to tell of their spans (workflows/tracing.ts). */
export interface TracingSinks {
  readonly tracing: {
    readonly ended: { fn(run: WorkflowRun, span: WorkflowSpan): void }
  }
}

export interface Telemetry {
  /** For a client: spans of its calls, and the trace in their headers. */
  readonly clientInterceptors: { readonly workflow: WorkflowClientInterceptor[] }
  /** For a worker: a span per activity. */
  readonly activityInterceptors: readonly ActivityInterceptorsFactory[]
  /** For a worker of workflows. */
  readonly sinks: TracingSinks
  /** Sends metrics too, where that is asked for. @param read the text of `/metrics` */
  measure(read: () => Promise<string>): void
  /** Sends what is left, for 3 s at most. Never fails. */
  end(): Promise<void>
}

/** The process that has telemetry. */
export interface TelemetryOptions {
  /** As `service.name` unless that is set: `holdfast-api`. */
  readonly service: string
  /** TelemetryOptions once when something cannot be sent, and once when they can again. */
  readonly log: Logger
  /** Activities that loop: they are one span each, whatever they do and for however long. */
  readonly loops?: readonly string[]
}
