/**
 * How long a worker may take for one task of a workflow. A task that Temporal hands to a worker just as it is killed is lost for this
 * long, and an abort with it, so Temporal's default of ten seconds is too long. One task takes some 30 ms from an empty cache;
 * workers/control.ts limits how many a worker takes at once, so that each has its time. A child does not inherit this from its parent, so
 * the code that starts a workflow sets it.
 */
export const workflowTaskTimeoutMs = 2_000
