/** A trace as it travels from process to process, and what a workflow, which may do nothing but compute, tells of its part in it. */

/** W3C Trace Context: the headers `traceparent` and, where a caller has one, `tracestate`. */
export type TraceHeaders = Readonly<Record<string, string>>

/** A run that has ended, or something that happened in one. It has no instants: a workflow has no clock, and who is told has one. */
export interface WorkflowSpan {
  readonly name: string
  /** What it is a part of. */
  readonly parent: TraceHeaders
  /** Of a run: 16 hex digits, which what it started is part of. Null: of what happened in one. */
  readonly id: string | null
  /** Why it failed; null: it did not. */
  readonly failure: string | null
}

const traceparent = /^(00-[0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/

/** The span of a run: taken from its id, since every replay must come to the same one. `runId` is a UUID, whose second half is never zero. */
export const spanOfRun = (runId: string): string => runId.replaceAll('-', '').slice(16)

/** The same trace as what is part of the span `id` sees it; null where `parent` is none. */
export function within(parent: TraceHeaders, id: string): TraceHeaders | null {
  const [, trace, flags] = traceparent.exec(parent['traceparent'] ?? '') ?? []
  return trace === undefined || flags === undefined ? null : { ...parent, traceparent: `${trace}-${id}-${flags}` }
}
