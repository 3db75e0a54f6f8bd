/** Refusals in the words of Kubernetes 1.35, and the problem that a person reads for each. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { conflictSentence, fieldConflicts, problemOf, Refusal } from '../../../adapters/kubernetes/api-problem.ts'

const asked = { cluster: 'eu-1', verb: 'patch', resource: 'deployments.apps', namespace: 'shop' }

const rows: readonly (readonly [string, number, string, string, RegExp])[] = [
  [
    'a missing right',
    403,
    'deployments.apps "a" is forbidden: User "holdfast" cannot patch resource "deployments" in API group "apps" in the namespace "shop"',
    'not-permitted-target',
    /^Holdfast may not patch deployments\.apps in namespace shop of eu-1$/,
  ],
  [
    'a missing right in the core group',
    403,
    'services is forbidden: User "holdfast" cannot list resource "services" in API group "" in the namespace "shop"',
    'not-permitted-target',
    /^Holdfast may not list services in namespace shop of eu-1$/,
  ],
  [
    'a quota',
    403,
    'services "a" is forbidden: exceeded quota: small, requested: services=1, used: services=2, limited: services=2',
    'target-not-ready',
    /out of quota/,
  ],
  [
    'a policy',
    422,
    "deployments.apps \"a\" is forbidden: ValidatingAdmissionPolicy 'no-latest' with binding 'b' denied request: no",
    'not-permitted-target',
    /^no-latest does not admit it/,
  ],
  [
    'a webhook',
    400,
    'admission webhook "guard.example" denied the request: no',
    'not-permitted-target',
    /^guard\.example does not admit it/,
  ],
  [
    'an unknown key',
    400,
    'strict decoding error: unknown field "spec.replica"',
    'invalid-input',
    /unknown field "spec\.replica"/,
  ],
  [
    'an invalid value',
    422,
    'Deployment.apps "a" is invalid: spec.replicas: Invalid value: -1',
    'invalid-input',
    /spec\.replicas/,
  ],
  ['no namespace', 404, 'namespaces "shop" not found', 'target-unavailable', /namespaces "shop" not found/],
  [
    'a namespace that goes',
    403,
    'deployments.apps "a" is forbidden: unable to create new content in namespace shop because it is being terminated',
    'target-unavailable',
    /is being deleted/,
  ],
  [
    'a stale credential',
    401,
    'Unauthorized',
    'target-unavailable',
    /^eu-1 does not accept Holdfast's credential to patch deployments\.apps in namespace shop$/,
  ],
  ['throttling', 429, 'the server has received too many requests', 'target-unavailable', /answers 429/],
  [
    'a key that an apply does not know',
    500,
    'failed to create typed patch object (/x; apps/v1, Kind=Deployment): .spec.a: field not declared in schema',
    'invalid-input',
    /^eu-1 refuses deployments\.apps: \.spec\.a: field not declared in schema$/,
  ],
  [
    'two values of a wrong type',
    500,
    'failed to create typed patch object (/x; apps/v1, Kind=Deployment): errors:\n  .spec.a: expected string, got 1\n  .spec.b: expected numeric, got string',
    'invalid-input',
    /: \.spec\.a: expected string, got 1; \.spec\.b: expected numeric, got string$/,
  ],
  ['a failure of its own', 500, 'etcdserver: leader changed', 'target-unavailable', /answers 500: etcdserver/],
]

describe('a refusal of the API server', () => {
  for (const [what, httpStatus, message, code, sentence] of rows)
    it(`because of ${what} is one sentence`, () => {
      const problem = problemOf(asked, httpStatus, Refusal.parse({ message }))
      expect(problem.code).to.equal(code)
      expect(problem.message).to.match(sentence)
    })

  it('because of fields that others manage names them', () => {
    const cause = (manager: string, field: string) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with "${manager}" using apps/v1`,
      field,
    })
    const refusal = Refusal.parse({
      reason: 'Conflict',
      details: { causes: [cause('kubectl', '.spec.replicas'), cause('helm', '.spec.a'), cause('helm', '.spec.b')] },
    })
    expect(conflictSentence(fieldConflicts(refusal))).to.equal('kubectl manages .spec.replicas; helm manages .spec.a, .spec.b')
    expect(fieldConflicts(Refusal.parse({ reason: 'Conflict', message: 'the object has been modified' }))).to.deep.equal([])
  })
})
