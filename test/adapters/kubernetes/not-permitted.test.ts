/** No confused deputy: a declared target gets what the operator gave to its owners, and by default nothing. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { parseClusters } from '../../../adapters/kubernetes/clusters.ts'
import { notPermitted } from '../../../adapters/kubernetes/not-permitted.ts'

const clusters = parseClusters(`
eu-1: { kubeconfig: in-cluster, owners: { team-shop: { shop: { secrets: [db] } } } }
bare: { kubeconfig: in-cluster }
`)
const envFrom = (secret: string) => ({ spec: { containers: [{ name: 'app', envFrom: [{ secretRef: { name: secret } }] }] } })
const config = (more: object = {}) => ({
  cluster: 'eu-1',
  namespace: 'shop',
  template: { metadata: { labels: {}, annotations: {} }, ...envFrom('db') },
  ...more,
})
const ofNamespace = (what: string) => [`/namespace: ${what} in the file of clusters`]

const rows: readonly (readonly [string, readonly string[], object, readonly string[]])[] = [
  ['what was given', ['team-shop'], {}, []],
  ['what was given to one of several owners', ['team-pay', 'team-shop'], {}, []],
  [
    'another namespace',
    ['team-shop'],
    { namespace: 'kube-system' },
    ofNamespace('namespace kube-system of eu-1 is not given to team-shop'),
  ],
  ['the namespace of others', ['team-pay'], {}, ofNamespace('namespace shop of eu-1 is not given to team-pay')],
  ['a namespace without owners', [], {}, ofNamespace('namespace shop of eu-1 is not given to a service without owners')],
  [
    'a cluster that gives nothing',
    ['team-shop'],
    { cluster: 'bare' },
    ofNamespace('namespace shop of bare is not given to team-shop'),
  ],
  [
    'a cluster that is not there',
    ['team-shop'],
    { cluster: 'eu-2' },
    ofNamespace('namespace shop of eu-2 is not given to team-shop'),
  ],
  [
    'a cluster of a name that all objects have',
    ['team-shop'],
    { cluster: 'constructor' },
    ofNamespace('namespace shop of constructor is not given to team-shop'),
  ],
  [
    'the Secret of others',
    ['team-shop'],
    { template: envFrom('pay') },
    ['/template/spec/containers/0/envFrom/0/secretRef/name: the Secret pay is not given to the owners'],
  ],
]

describe('a declared target', () => {
  for (const [what, owners, more, expected] of rows)
    it(`${expected.length > 0 ? 'may not use' : 'may use'} ${what}`, () => {
      const faults = notPermitted(clusters, owners, config(more))
      expect(faults.map(({ pointer, detail }) => `${pointer}: ${detail}`)).to.deep.equal(expected)
    })
})
