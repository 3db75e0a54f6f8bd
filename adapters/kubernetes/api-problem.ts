/**
 * Turns a refusal of the API server into a `Problem`. It names verb and resource of a missing right, and the policy that denied an object.
 */
import { z } from 'zod'
import { Problem } from '../../domain/problem.ts'

/** The `Status` object with which the API server answers a refused request. */
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

/** A request to the API server, as sentences name it. */
export interface ApiCall {
  readonly cluster: string
  readonly verb: string
  /** `deployments.apps` */
  readonly resource: string
  readonly namespace: string
}

/** A field that another manager has. */
export interface FieldConflict {
  readonly manager: string
  readonly field: string
}

/** The fields for which the API server refuses a server-side apply. Empty for any other conflict. */
export const fieldConflicts = ({ details }: Refusal): readonly FieldConflict[] =>
  details.causes
    .filter(({ reason }) => reason === 'FieldManagerConflict')
    .map(({ message, field }) => ({ manager: /"([^"]*)"/.exec(message)?.[1] ?? message, field }))

/**
 * Whether a JSON patch could not be applied, because a value that it tests is another one or a path is gone. The API server gives this
 * general answer for it, without a cause. A patch whose result is wrong has causes.
 */
export const isUnappliedPatch = (httpStatus: number, { reason, message, details }: Refusal): boolean =>
  httpStatus === 422 &&
  reason === 'Invalid' &&
  details.causes.length === 0 &&
  message.startsWith('the server rejected our request')

/** `kubectl manages .spec.replicas; helm manages .spec.template` */
export const conflictSentence = (conflicts: readonly FieldConflict[]): string =>
  [...Map.groupBy(conflicts, ({ manager }) => manager)]
    .map(([manager, of]) => `${manager} manages ${of.map(({ field }) => field).join(', ')}`)
    .join('; ')

/** The problem for a refusal that is neither an absence nor a conflict. The caller handles those two. */
export function problemOf(asked: ApiCall, httpStatus: number, { reason, message }: Refusal): Problem {
  const { cluster, verb, resource, namespace } = asked
  const where = `namespace ${namespace} of ${cluster}`
  if (httpStatus === 401)
    return new Problem(
      'target-unavailable',
      `${cluster} does not accept Holdfast's credential to ${verb} ${resource} in namespace ${namespace}`,
      {
        hint: `renew what the kubeconfig of ${cluster} names`,
      },
    )
  // The API server answers 500 to a template that does not fit, as if another try could help.
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
  // A proxy or a gateway before the API server, which says no reason.
  if (httpStatus === 403 && reason === '')
    return new Problem('not-permitted-target', `Holdfast may not ${verb} ${resource} in ${where}${message && `: ${message}`}`)
  if (httpStatus < 400)
    return new Problem('target-unavailable', `${cluster} answers ${httpStatus}, which is no answer of Kubernetes`)
  if (httpStatus === 404) return new Problem('target-unavailable', `there is no ${resource} in ${where}: ${message}`)
  return new Problem('invalid-input', `${cluster} refuses to ${verb} ${resource}: ${message || reason}`)
}

const oneLine = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .join('; ')
