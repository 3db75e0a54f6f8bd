/** Where things are: on this API, in the console, in Temporal's Web UI. */
import type { ApiSettings } from './doors.ts'

export interface SubjectLinks {
  readonly self: string
  readonly events: string
  readonly temporal: string | null
  readonly console: string | null
}

export type Subject = 'releases' | 'rollbacks'

/** Links of a release or rollback; `workflowId` is the one that people want to look at. */
export function linksOf(settings: ApiSettings, subject: Subject, id: string, workflowId: string, origin: string): SubjectLinks {
  const self = pathOf(subject, id)
  const { temporalUiUrl, temporalNamespace, consoleUrl } = settings
  const temporal = temporalUiUrl && `${temporalUiUrl}/namespaces/${temporalNamespace}/workflows/${encodeURIComponent(workflowId)}`
  const page = `${consoleUrl || origin}/#/${subject}/${encodeURIComponent(id)}`
  return { self, events: `${self}/events`, temporal: temporal || null, console: page }
}

export const pathOf = (subject: Subject, id: string): string => `/v1/${subject}/${encodeURIComponent(id)}`
