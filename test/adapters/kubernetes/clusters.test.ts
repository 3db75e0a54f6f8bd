/** The operator's file of clusters: it is parsed strictly, and allows nothing that it does not name. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { clustersFile, grantOf, parseClusters } from '../../../adapters/kubernetes/clusters.ts'

const text = `
eu-1:
  kubeconfig: /etc/holdfast/eu-1
  context: admin
  owners:
    team-shop:
      shop: { serviceAccounts: [shop], secrets: [db] }
      shop-next: {}
    team-pay:
      shop: { secrets: [pay] }
own:
  kubeconfig: in-cluster
`
const [eu, own] = ['eu-1', 'own'].map((name) => parseClusters(text)[name] ?? expect.fail(name))
const none = { serviceAccounts: [], secrets: [] }

describe('the clusters', () => {
  const rows: readonly (readonly [string, readonly string[], string, object | null])[] = [
    ['what one owner is given', ['team-shop'], 'shop', { serviceAccounts: ['shop'], secrets: ['db'] }],
    [
      'what all owners are given together',
      ['team-shop', 'team-pay'],
      'shop',
      { serviceAccounts: ['shop'], secrets: ['db', 'pay'] },
    ],
    ['a namespace and nothing in it', ['team-shop'], 'shop-next', none],
    ['nothing in another namespace', ['team-shop'], 'kube-system', null],
    ['nothing to another owner', ['team-other'], 'shop', null],
    ['nothing without owners', [], 'shop', null],
    ['nothing for a name that every object has', ['constructor'], 'shop', null],
    ['nothing in a namespace that every object has', ['team-shop'], 'constructor', null],
  ]
  for (const [what, owners, namespace, expected] of rows)
    it(`give ${what}`, () => {
      expect(eu && grantOf(eu, owners, namespace)).to.deep.equal(expected)
      expect(own && grantOf(own, owners, namespace), 'one without owners').to.equal(null)
    })

  for (const [what, wrong, why] of [
    ['a key that is none', 'a: { kubeconfig: in-cluster, token: x }', /token/],
    ['a relative path', 'a: { kubeconfig: kubeconfig }', /a\.kubeconfig: must be in-cluster, or an absolute path/],
    ['a wildcard for a namespace', "a: { kubeconfig: in-cluster, owners: { team: { '*': {} } } }", /owners\.team/],
    ['a name twice', 'a: { kubeconfig: in-cluster }\na: { kubeconfig: in-cluster }', /unique/],
    ['a list', '[]', /expected record/],
    ['no YAML', 'a: [', /flow/i],
  ] as const)
    it(`are refused with ${what}`, () => {
      expect(() => parseClusters(wrong)).to.throw(why)
    })

  it('are read when the setting is, and a bad file is a bad setting', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'clusters-'))
    try {
      await writeFile(join(folder, 'good'), text)
      expect(Object.keys(clustersFile.parse(join(folder, 'good')))).to.deep.equal(['eu-1', 'own'])
      expect(clustersFile.parse('')).to.deep.equal({})
      expect(() => clustersFile.parse(join(folder, 'absent'))).to.throw(/names a file that cannot be used: ENOENT/)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
