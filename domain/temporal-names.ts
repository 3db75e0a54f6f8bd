/** Names by which processes find each other in Temporal. Each is defined only here, so that sender and listener cannot drift apart. */

/** One per kind of worker, so that each scales on its own. */
export const taskQueues = { control: 'control', act: 'act', analysis: 'analysis' } as const

export const workflowTypes = { release: 'release', rollout: 'rollout', rollback: 'rollback' } as const
export type WorkflowType = keyof typeof workflowTypes

/** The only signal. It makes the workflow read the request in its row sooner. Losing it costs time and nothing else. */
export const wakeSignalName = 'wake'
export const requestUpdateName = 'request'
export const stateQueryName = 'state'

/** All are keywords. A Temporal server must know them before the first workflow starts. */
export const searchAttributes = {
  service: 'Service',
  environment: 'Environment',
  release: 'ReleaseId',
  kind: 'Kind',
  phase: 'Phase',
  /** The last verdict of its analysis. */
  verdict: 'Verdict',
  requestedBy: 'RequestedBy',
} as const
export type SearchAttribute = keyof typeof searchAttributes
