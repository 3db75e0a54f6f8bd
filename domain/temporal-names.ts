/** Names by which processes find each other in Temporal. Each stands here alone: who sends and who listens cannot drift apart. */

/** One per kind of worker, so that each scales on its own. */
export const taskQueues = { control: 'control', act: 'act', analysis: 'analysis' } as const

export const workflowTypes = { release: 'release', rollout: 'rollout', rollback: 'rollback' } as const
export type WorkflowType = keyof typeof workflowTypes

/** The only signal. It hastens a look at the row that says what is asked; losing it costs time alone. */
export const lookSignalName = 'look'
export const requestUpdateName = 'request'
export const stateQueryName = 'state'

/** All are keywords. A server has to know them before the first workflow starts. */
export const searchAttributes = {
  service: 'Service',
  environment: 'Environment',
  release: 'ReleaseId',
  kind: 'Kind',
  phase: 'Phase',
  /** The last one of its analysis. */
  verdict: 'Verdict',
  requestedBy: 'RequestedBy',
  database: 'Database',
} as const
export type SearchAttribute = keyof typeof searchAttributes
