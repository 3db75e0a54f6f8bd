/** What the API server refused, as one of our problems: a missing right names verb and resource, a denied object the policy. */
import { z } from 'zod'
import { Problem } from '../../domain/problem.ts'

/** The `Status` that the API server answers with where it refuses. */
export const Refusal = z.looseObject({
  reason: z.string().default(''),
  message: z.string().default(''),
  details: z
    .looseObject({
      causes: z
        .array(z.looseObject({ reason: z.string().default(''), message: z.string().default(''), field: z.string().default('') }))
        .default([]),
    })
    .default({ causes: [] }),
})
export type Refusal = z.output<typeof Refusal>

/** What was asked of the API server, for sentences. */
export interface ApiCall {
  readonly cluster: string
  readonly verb: string
  /** `deployments.apps` */
  readonly resource: string
  readonly namespace: string
}

/** A field that somebody else manages. */
export interface FieldConflict {
  readonly manager: string
  readonly field: string
}

/** Fields over which a server-side apply is refused. Empty: it is no such conflict. */
export const fieldConflicts = ({ details }: Refusal): readonly FieldConflict[] =>
  details.causes
    .filter(({ reason }) => reason === 'FieldManagerConflict')
    .map(({ message, field }) => ({ manager: /"([^"]*)"/.exec(message)?.[1] ?? message, field }))

/** `kubectl manages .spec.replicas; helm manages .spec.template` */
export const conflictSentence = (conflicts: readonly FieldConflict[]): string =>
  [...Map.groupBy(conflicts, ({ manager }) => manager)]
    .map(([manager, of]) => `${manager} manages ${of.map(({ field }) => field).join(', ')}`)
    .join('; ')

/** The problem of an answer that is neither what was asked for nor an absence or a conflict that the caller expects. */
export function problemOf(asked: ApiCall, httpStatus: number, { reason, message }: Refusal): Problem {
  const { cluster, verb, resource, namespace } = asked
  const where = `namespace ${namespace} of ${cluster}`
  if (httpStatus === 401)
    return new Problem('target-unavailable', `${cluster} does not accept the credential`, {
      hint: `renew what the kubeconfig of ${cluster} names`,
    })
  // A template that does not fit is answered 500, as if another try could help.
  const misfit = /failed to create typed patch object \([^)]*\): (?:errors:\s+)?([\s\S]+)/.exec(message)
  if (misfit) return new Problem('invalid-input', `${cluster} refuses ${resource}: ${oneLine(misfit[1] ?? '')}`)
  if (httpStatus === 429 || httpStatus >= 500)
    return new Problem('target-unavailable', `${cluster} answers ${httpStatus}${message && `: ${message}`}`)
  const right = /cannot (\S+) resource "([^"]+)"(?: in API group "([^"]*)")?/.exec(message)
  if (httpStatus === 403 && right) {
    const [, missing, plural, group] = right
    return new Problem('not-permitted-target', `Holdfast may not ${missing} ${plural}${group ? `.${group}` : ''} in ${where}`, {
      hint: 'a Role that is bound to its user must allow it',
    })
  }
  if (/exceeded quota/.test(message)) return new Problem('target-not-ready', `${where} is out of quota: ${message}`)
  if (/is being terminated/.test(message)) return new Problem('target-unavailable', `${where} is being deleted`)
  const denied = /ValidatingAdmissionPolicy '([^']+)'|admission webhook "([^"]+)"|violates (PodSecurity "[^"]+")/.exec(message)
  if (denied)
    return new Problem('not-permitted-target', `${denied[1] ?? denied[2] ?? denied[3]} does not admit it in ${where}: ${message}`)
  if (httpStatus === 404) return new Problem('target-unavailable', `there is no ${resource} in ${where}: ${message}`)
  return new Problem('invalid-input', `${cluster} refuses to ${verb} ${resource}: ${message || reason}`)
}

const oneLine = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .join('; ')
