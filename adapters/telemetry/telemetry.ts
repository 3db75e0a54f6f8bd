/** What telemetry gives to the parts of a process. */
import type { WorkflowClientInterceptor } from '@temporalio/client'
import type { ActivityInterceptorsFactory } from '@temporalio/worker'
import type { Logger } from 'pino'
import type { WorkflowSpan } from '../../domain/trace.ts'

/** The run that calls, as Temporal describes it. */
export interface WorkflowRun {
  readonly workflowId: string
  readonly runId: string
  readonly runStartTime: Date
}

/** The sink that workflows report their spans to (workflows/tracing.ts). */
export interface TracingSinks {
  readonly tracing: {
    readonly ended: { fn(run: WorkflowRun, span: WorkflowSpan): void }
  }
}

export interface Telemetry {
  /** For a client: they make spans of its calls, and put the trace into the headers. */
  readonly clientInterceptors: { readonly workflow: WorkflowClientInterceptor[] }
  /** For a worker: they make a span per activity. */
  readonly activityInterceptors: readonly ActivityInterceptorsFactory[]
  /** For a worker of workflows. */
  readonly sinks: TracingSinks
  /** Sends metrics too, if the settings ask for it. @param read the text of `/metrics` */
  measure(read: () => Promise<string>): void
  /** Sends the remaining data, for 3 s at most. Never fails. */
  end(): Promise<void>
}

/** Describes the process that has telemetry. */
export interface TelemetryOptions {
  /** The `service.name`, unless the settings have one: `holdfast-api`. */
  readonly service: string
  /** Gets one line when data cannot be sent, and one when it can again. */
  readonly log: Logger
  /** Activities that loop. Each is one span, whatever it does and however long it takes. */
  readonly loops?: readonly string[]
}
