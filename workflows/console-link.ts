/** The link from Temporal's UI to the console, as Markdown. */
import { consolePage } from '../domain/identity.ts'
import type { RolloutPlan } from '../domain/plan/plan.ts'
import { subjectKindOf } from '../domain/subject.ts'

/** Empty where the plan names no console. */
export function consoleLink({ console, kind, workflowId, release }: RolloutPlan): string {
  if (!console) return ''
  const subject = subjectKindOf(kind)
  const page = consolePage(console, { kind: subject, id: subject === 'rollback' ? workflowId : release })
  return `\n\n[in the console](${page})`
}
