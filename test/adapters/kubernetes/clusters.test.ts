/** The operator's file of clusters: it is parsed strictly, and allows nothing that it does not name. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { isProblem } from '../../../domain/problem.ts'
import { podMetrics } from '../../../adapters/metrics/pods.ts'
import { kubernetesTarget } from '../../../adapters/target/kubernetes.ts'
import { fencingToken } from '../stand.ts'
import { clustersFile, grantOf, parseClusters, usableClustersFile } from '../../../adapters/kubernetes/clusters.ts'

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

  it('are read when the setting is', async () => {
    await using scratch = await createScratch()
    const file = await scratch.write(text)
    for (const setting of [clustersFile, usableClustersFile]) {
      expect(Object.keys(setting.parse(file)())).to.deep.equal(['eu-1', 'own'])
      expect(setting.parse('')()).to.deep.equal({})
    }
    const read = clustersFile.parse(file)
    await scratch.write('a: [')
    expect(read(), 'once, and the same each time, because clients are kept by it').to.equal(read())
  })

  const unusable: readonly (readonly [what: string, text: string | null, why: RegExp])[] = [
    ['that is not there', null, /ENOENT/],
    ['that is no YAML', 'a: [', /flow/i],
    ['with a typo in a key', text.replace('kubeconfig:', 'kubecofnig:'), /eu-1\.kubeconfig: .*kubecofnig/],
    ['that is too large', `# ${'x'.repeat(1_048_576)}`, /is larger than 1048576 bytes/],
  ]
  for (const [what, wrong, why] of unusable) {
    it(`of a file ${what} are refused before anything starts, by the name of the file and its fault`, async () => {
      await using scratch = await createScratch()
      const file = wrong === null ? scratch.file : await scratch.write(wrong)
      const message = usableClustersFile.safeParse(file).error?.issues[0]?.message
      expect(message).to.include(`names ${file}, which cannot be used: `)
      expect(message).to.match(why)
    })

    it(`of a file ${what} make targets unavailable and nothing else, until the file is mended`, async () => {
      await using scratch = await createScratch()
      const settings = { clusters: clustersFile.parse(wrong === null ? scratch.file : await scratch.write(wrong)) }
      const config = kubernetesTarget.config.parse({ cluster: 'eu-1', namespace: 'shop', template: shopTemplate, port: 8080 })
      const target = kubernetesTarget.create(settings, config)
      const refusal = () => kubernetesTarget.refusal?.(settings, config, ['team-shop'])
      for (const refused of [
        await target.status(ref).catch(same),
        await target.remove(ref, 'r-1', token).catch(same),
        thrown(refusal),
      ]) {
        expect(isProblem(refused, 'target-unavailable') && refused.message).to.equal(
          "the operator's file of clusters cannot be used",
        )
        expect(refused, 'no names of clusters, which not everybody may learn')
          .to.have.property('hint')
          .that.matches(/HOLDFAST_CLUSTERS_FILE; a mended file is read without a restart$/)
      }
      const pods = podMetrics.create(settings, podMetrics.config.parse({}), { cluster: 'eu-1', namespace: 'shop', port: 8080 })
      const asked = { ref, edgesMs: [], versions: {}, queries: [], needed: { matches: [], edgesMs: [] } }
      expect(isProblem(await pods.read(asked).catch(same), 'metrics-unavailable'), 'so that a look is blind').to.equal(true)
      await scratch.write(text)
      expect(refusal()).to.deep.equal([])
    })
  }
})

const shopTemplate = { spec: { containers: [{ name: 'app' }] } }
const ref = { service: 'shop', environment: 'production' }
const token = fencingToken(1, 1)
const same = (error: unknown): unknown => error

function thrown(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    return error
  }
}

async function createScratch() {
  const folder = await mkdtemp(join(tmpdir(), 'clusters-'))
  const file = join(folder, 'clusters.yaml')
  return {
    file,
    async write(content: string): Promise<string> {
      await writeFile(file, content)
      return file
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}
