/** The gateway of the run's cluster: it splits users' requests over two Services of real pods by the weights of an HTTPRoute. */
import { randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { CoreV1Api, CustomObjectsApi, KubeConfig } from '@kubernetes/client-node'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import type { TestGateway } from '../cluster/for-tests.ts'
import { testGateway } from '../cluster/for-tests.ts'
import { orLeaveOut } from '../left-out.ts'
import { until } from '../stack/until.ts'
import { addImages } from './test-images.ts'

const serves = `require('node:http').createServer((_, response) => response.end(process.env.VERSION)).listen(8080)`

describe("the cluster's gateway", () => {
  const namespace = `gateway-${randomBytes(4).toString('hex')}`
  const host = `${namespace}.test`
  const type = { group: 'gateway.networking.k8s.io', version: 'v1', plural: 'httproutes', namespace }
  const agent = new Agent({ keepAlive: true })
  let gateway: TestGateway
  let core: CoreV1Api
  let objects: CustomObjectsApi

  before(async function () {
    this.timeout(300_000)
    gateway = await orLeaveOut(this, testGateway())
    const config = new KubeConfig()
    config.loadFromFile(gateway.kubeconfig)
    core = config.makeApiClient(CoreV1Api)
    objects = config.makeApiClient(CustomObjectsApi)
    await addImages(gateway.kubeconfig, { 'test/version:1': { command: [process.execPath, '-e', serves] } })
    await core.createNamespace({ body: { metadata: { name: namespace } } })
    for (const version of ['stable', 'canary']) await createVersion(version)
    await objects.createNamespacedCustomObject({ ...type, body: route(80, 20) })
    // Before its pods are ready, a version's share is answered with 503.
    const isRouted = async () => {
      const seen = (await answers(80)).map(({ body }) => body)
      return seen.every((body) => body === 'stable' || body === 'canary') && new Set(seen).size === 2
    }
    await until('answers of both versions alone', isRouted, 120_000)
  })
  after(async () => {
    agent.destroy()
    if (core) await core.deleteNamespace({ name: namespace })
  })

  async function createVersion(version: string): Promise<void> {
    const labels = { version }
    const env = [{ name: 'VERSION', value: version }]
    const readinessProbe = { httpGet: { port: 8080 }, periodSeconds: 1, timeoutSeconds: 30 }
    const containers = [{ name: 'app', image: 'test/version:1', env, readinessProbe }]
    await core.createNamespacedPod({ namespace, body: { metadata: { name: version, labels }, spec: { containers } } })
    const spec = { selector: labels, ports: [{ port: 80, targetPort: 8080 }] }
    await core.createNamespacedService({ namespace, body: { metadata: { name: version }, spec } })
  }

  const route = (stable: number, canary: number) => ({
    apiVersion: `${type.group}/${type.version}`,
    kind: 'HTTPRoute',
    metadata: { name: 'shop' },
    spec: {
      parentRefs: [gateway.parent],
      hostnames: [host],
      rules: [
        {
          backendRefs: [
            { name: 'stable', port: 80, weight: stable },
            { name: 'canary', port: 80, weight: canary },
          ],
        },
      ],
    },
  })

  const weigh = (stable: number, canary: number) => {
    const { backendRefs } = route(stable, canary).spec.rules[0] ?? {}
    const body = [{ op: 'replace', path: '/spec/rules/0/backendRefs', value: backendRefs }]
    return objects.patchNamespacedCustomObject({ ...type, name: 'shop', body })
  }

  /** One request of a user. */
  const ask = (): Promise<{ readonly status: number; readonly body: string }> =>
    new Promise((resolve, reject) => {
      const asked = request(gateway.url, { agent, headers: { host } })
      asked.once('error', reject)
      asked.once('response', (answer) => {
        text(answer).then((body) => resolve({ status: answer.statusCode ?? 0, body }), reject)
      })
      asked.end()
    })

  /** `count` requests one after the other, on each of eight connections. */
  const answers = async (count: number) => {
    const lanes = Array.from({ length: 8 }, () => Array.fromAsync({ length: count / 8 }, ask))
    return (await Promise.all(lanes)).flat()
  }

  it('splits 1,000 requests 80 to 20, and fails none', async function () {
    // On a machine that does much else, a request takes half a second.
    this.timeout(300_000)
    const seen = await answers(1_000)
    expect(seen.filter(({ status }) => status !== 200)).to.deep.equal([])
    const canary = seen.filter(({ body }) => body === 'canary').length
    // Five standard deviations.
    expect(Math.abs(canary - 200)).to.be.at.most(5 * Math.sqrt(1_000 * 0.8 * 0.2))
  })

  it('takes all requests to the version with the whole weight, and fails none meanwhile', async function () {
    this.timeout(300_000)
    const [over, asked] = [new AbortController(), [] as Awaited<ReturnType<typeof ask>>[]]
    const users = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (!over.signal.aborted) asked.push(await ask())
      }),
    )
    await weigh(0, 100)
    try {
      await until(
        '200 answers in a row of the canary',
        async () => {
          return (await answers(200)).every(({ body }) => body === 'canary')
        },
        60_000,
      )
    } finally {
      over.abort()
    }
    await users
    expect(asked.filter(({ status }) => status !== 200)).to.deep.equal([])
  })
})
