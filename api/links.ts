/** Links to a subject: on this API, in the console, in Temporal's Web UI. */
import { consolePage } from '../domain/identity.ts'
import type { ShownSubject } from '../domain/subject.ts'
import type { ApiSettings } from './dependencies.ts'

export interface SubjectLinks {
  readonly self: string
  readonly events: string
  readonly temporal: string | null
  readonly console: string | null
}

/** Links of a release or rollback. `workflowId` is the workflow that people want to see. */
export function linksOf(settings: ApiSettings, subject: ShownSubject, workflowId: string, origin: string): SubjectLinks {
  const self = pathOf(subject)
  const { temporalUiUrl, temporalNamespace, consoleUrl } = settings
  const temporal = temporalUiUrl && `${temporalUiUrl}/namespaces/${temporalNamespace}/workflows/${encodeURIComponent(workflowId)}`
  return { self, events: `${self}/events`, temporal: temporal || null, console: consolePage(consoleUrl || origin, subject) }
}

export const pathOf = ({ kind, id }: ShownSubject): string => `/v1/${kind}s/${encodeURIComponent(id)}`
