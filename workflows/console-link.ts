/** The way from Temporal's UI to the console, as Markdown. */
import { consolePage } from '../domain/identity.ts'
import type { RolloutPlan } from '../domain/plan/plan.ts'

/** Empty where nobody said where the console is. */
export function consoleLink({ console, kind, workflowId, release }: RolloutPlan): string {
  if (!console) return ''
  const page = kind === 'rollback' ? consolePage(console, 'rollbacks', workflowId) : consolePage(console, 'releases', release)
  return `\n\n[in the console](${page})`
}
