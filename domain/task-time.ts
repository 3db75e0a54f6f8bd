/**
 * How long a worker may take over one task of a workflow. A task handed to a worker that has just been killed is lost until then, and an
 * abort with it: Temporal's ten seconds are too many. One takes some 30 ms from an empty cache, so how many a worker takes at once
 * (workers/control.ts) must leave each its time. A child does not have its parent's: whoever starts a workflow says it.
 */
export const workflowTaskTimeoutMs = 2_000
