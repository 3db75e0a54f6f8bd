/** A trace as it travels from process to process. A workflow may only compute, so it tells a sink of its part in the trace. */

/** W3C Trace Context: the headers `traceparent` and, where a caller has one, `tracestate`. */
export type TraceHeaders = Readonly<Record<string, string>>

/** A run that has ended, or something that happened within a run. It has no instants, because a workflow has no clock; the sink has one. */
export interface WorkflowSpan {
  readonly name: string
  /** The span that it belongs to. */
  readonly parent: TraceHeaders
  /** 16 hex digits of a run's span, the parent of what the run started. Null for something that happened within a run. */
  readonly id: string | null
  /** Why it failed. Null: it did not. */
  readonly failure: string | null
}

const traceparent = /^(00-[0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/

/**
 * The span of a run, derived from its id, because every replay must derive the same one. `runId` is a UUID, whose second half is never
 * zero.
 */
export const spanOfRun = (runId: string): string => runId.replaceAll('-', '').slice(16)

/** The same trace with the span `id` as parent. Null where `parent` is no trace. */
export function within(parent: TraceHeaders, id: string): TraceHeaders | null {
  const [, trace, flags] = traceparent.exec(parent['traceparent'] ?? '') ?? []
  return trace === undefined || flags === undefined ? null : { ...parent, traceparent: `${trace}-${id}-${flags}` }
}
