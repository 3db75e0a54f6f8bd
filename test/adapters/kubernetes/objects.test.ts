/** The whole objects of a revision, word for word as Holdfast writes them on somebody's cluster. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Wanted } from '../../../adapters/kubernetes/objects.ts'
import { deploymentOf, labelValue, recordOf, revisionName, serviceOf } from '../../../adapters/kubernetes/objects.ts'

const fencingToken = { workflowId: 'rollout/checkout/production/checkout-7', token: 12, step: 3 }
const wanted: Wanted = {
  ref: { service: 'checkout', environment: 'production' },
  namespace: 'shop',
  revision: '0123456789ab',
  version: '1.2.0+build.7',
  image: 'registry.example/shop/checkout@sha256:abc',
  container: 'app',
  template: {
    metadata: { labels: { team: 'shop' }, annotations: { 'prometheus.io/scrape': 'true' } },
    spec: {
      containers: [
        { name: 'app', ports: [{ containerPort: 8080 }] },
        { name: 'side', image: 'side@sha256:def' },
      ],
    },
  },
  port: 8080,
  fencingToken,
  recordUid: 'uid-of-record',
}
/** What the write was decided on. */
const seen = { uid: 'uid-of-object', resourceVersion: '41' }
const selector = {
  'holdfast.dev/service': 'checkout',
  'holdfast.dev/environment': 'production',
  'holdfast.dev/revision': '0123456789ab',
}
const metadata = {
  name: 'checkout-production-0123456789ab',
  namespace: 'shop',
  ...seen,
  labels: {
    'app.kubernetes.io/name': 'checkout',
    'app.kubernetes.io/managed-by': 'holdfast',
    ...selector,
    'holdfast.dev/version': '1.2.0-build.7',
  },
  annotations: {
    'holdfast.dev/fencing-token': '12.3',
    'holdfast.dev/workflow': 'rollout/checkout/production/checkout-7',
    'holdfast.dev/version': '1.2.0+build.7',
  },
  ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'holdfast-checkout-production', uid: 'uid-of-record' }],
}

describe('the objects of a revision', () => {
  it('name what the write was decided on: the object that was read, or a version that no object has', () => {
    const identities = [seen, null].map((one) => {
      const { metadata } = serviceOf(wanted, one) as { readonly metadata: Readonly<Record<string, unknown>> }
      return [metadata['uid'], metadata['resourceVersion']]
    })
    expect(identities).to.deep.equal([
      ['uid-of-object', '41'],
      [undefined, '1'],
    ])
  })

  it('are a Deployment of the declared template with the image of the release', () => {
    expect(deploymentOf(wanted, 3, seen)).to.deep.equal({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas: 3,
        selector: { matchLabels: selector },
        template: {
          metadata: {
            annotations: { 'prometheus.io/scrape': 'true' },
            labels: { 'app.kubernetes.io/name': 'checkout', team: 'shop', ...selector, 'holdfast.dev/version': '1.2.0-build.7' },
          },
          spec: {
            containers: [
              { name: 'app', ports: [{ containerPort: 8080 }], image: 'registry.example/shop/checkout@sha256:abc' },
              { name: 'side', image: 'side@sha256:def' },
            ],
            automountServiceAccountToken: false,
          },
        },
      },
    })
  })

  it('are a Service that reaches this revision alone', () => {
    expect(serviceOf(wanted, seen)).to.deep.equal({
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector, ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }] },
    })
  })

  it('belong to the record of the environment', () => {
    expect(recordOf(wanted.ref, 'shop', fencingToken)).to.deep.equal({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'holdfast-checkout-production',
        namespace: 'shop',
        labels: {
          'app.kubernetes.io/name': 'checkout',
          'app.kubernetes.io/managed-by': 'holdfast',
          'holdfast.dev/service': 'checkout',
          'holdfast.dev/environment': 'production',
        },
        annotations: {
          'holdfast.dev/fencing-token': '12.3',
          'holdfast.dev/workflow': 'rollout/checkout/production/checkout-7',
        },
      },
      data: {},
    })
  })

  it('keep their pods when only the token is another one', () => {
    const later = { ...wanted, fencingToken: { ...fencingToken, token: 13 } }
    const templates = [wanted, later].map((one) => (deploymentOf(one, 3, seen) as { spec: { template: object } }).spec.template)
    expect(templates[0]).to.deep.equal(templates[1])
  })

  it('give a pod a token of its service account only where the template names one', () => {
    const named = { ...wanted, template: { spec: { serviceAccountName: 'shop', containers: [{ name: 'app' }] } } }
    const { spec } = (deploymentOf(named, 1, seen) as { spec: { template: { spec: object } } }).spec.template
    expect(spec).to.not.have.property('automountServiceAccountToken')
  })

  it('have names that a Service may have, and that differ where services, environments or revisions do', () => {
    const long = 'a'.repeat(63)
    const names = ['shop', `${'a'.repeat(40)}-`, long, `${long.slice(0, 62)}b`].flatMap((service) =>
      ['staging', 'production', long].flatMap((environment) =>
        ['0123456789ab', 'ba9876543210'].map((r) => revisionName({ service, environment }, r)),
      ),
    )
    for (const name of names) expect(name).to.match(/^[a-z][a-z0-9-]{0,61}[a-z0-9]$/)
    expect(names[0]).to.equal('shop-staging-0123456789ab')
    expect(new Set(names).size).to.equal(24)
    for (const [version, label] of [
      ['1.0.0', '1.0.0'],
      ['1.0.0+a', '1.0.0-a'],
      [`${'1'.repeat(62)}--`, '1'.repeat(62)],
    ] as const)
      expect(labelValue(version)).to.equal(label)
  })
})
