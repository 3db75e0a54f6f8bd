/** The weights of an HTTPRoute where users' requests go: at a real gateway, with pods that serve. */
import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { gatewayApiTraffic } from '../../adapters/traffic/gateway-api.ts'
import { fencingToken, ref } from '../adapters/stand.ts'
import { inEffect } from '../adapters/traffic-contract.ts'
import type { TestGateway } from '../cluster/for-tests.ts'
import { testGateway } from '../cluster/for-tests.ts'
import { orLeaveOut } from '../left-out.ts'
import { until } from '../stack/until.ts'
import type { ControlPlane } from './control-plane.ts'
import { controlPlane } from './control-plane.ts'
import { servingRevisions } from './serving-revisions.ts'

const [stable, canary] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'] as const

describe('users of a route on a real gateway', function () {
  this.timeout(300_000)
  let gateway: TestGateway
  let plane: ControlPlane
  const agent = new Agent({ keepAlive: true })
  before(async function () {
    this.timeout(300_000)
    gateway = await orLeaveOut(this, testGateway())
    plane = await controlPlane()
  })
  after(() => agent.destroy())

  /** Requests of users one after the other on each of eight connections. Answers who served them, by status where it failed. */
  async function served(host: string, requests: number): Promise<Readonly<Record<string, number>>> {
    const lanes = Array.from({ length: 8 }, () => Array.fromAsync({ length: requests / 8 }, () => ask(host)))
    const counts: Record<string, number> = {}
    for (const who of (await Promise.all(lanes)).flat()) counts[who] = (counts[who] ?? 0) + 1
    return counts
  }
  const ask = (host: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const asked = request(gateway.url, { agent, headers: { host } })
      asked.once('error', reject)
      asked.once('response', (answer) => {
        text(answer).then((body) => resolve(answer.statusCode === 200 ? body : String(answer.statusCode)), reject)
      })
      asked.end()
    })

  async function opened() {
    const { namespace, runReady } = await servingRevisions(plane)
    await runReady(stable, 1)
    await runReady(canary, 1)
    const host = `${namespace}.test`
    const body = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'shop' },
      spec: { parentRefs: [gateway.parent], hostnames: [host], rules: [{ name: 'users' }] },
    }
    const path = `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes`
    expect(await plane.ask('POST', path, body)).to.equal(201)
    const config = gatewayApiTraffic.config.parse({ route: 'shop', rule: 'users' })
    const traffic = gatewayApiTraffic.create(plane.settings, config, { cluster: 'test', namespace, port: 8080 })
    return { host, runReady, stand: { traffic, settle: async () => {} } }
  }
  /** The gateway may use a change a moment after it says so. */
  const onlyBy = (host: string, revision: string) =>
    until(`only ${revision} answers`, async () => (await served(host, 40))[revision] === 40, 60_000)

  it('are split as asked, and a revert takes them all back; none fails', async () => {
    const { host, stand } = await opened()
    const { traffic } = stand
    await traffic.setWeights(ref, { [stable]: 100 }, fencingToken(1, 2))
    await inEffect(stand, { [stable]: 100 })
    await onlyBy(host, stable)
    const weights = { [stable]: 80, [canary]: 20 }
    await traffic.setWeights(ref, weights, fencingToken(1, 3))
    await inEffect(stand, weights)
    await until('an answer of the canary', async () => ((await served(host, 40))[canary] ?? 0) > 0, 60_000)
    const split = await served(host, 1_000)
    expect(Object.keys(split).toSorted()).to.deep.equal([stable, canary])
    // Five standard deviations.
    expect(Math.abs((split[canary] ?? 0) - 200)).to.be.at.most(5 * Math.sqrt(1_000 * 0.8 * 0.2))
    await traffic.setWeights(ref, { [stable]: 100 }, fencingToken(1, 4))
    await inEffect(stand, { [stable]: 100 })
    await onlyBy(host, stable)
    expect(await served(host, 200)).to.deep.equal({ [stable]: 200 })
  })

  it('that are drawn for a canary without pods fail, and its weight is shown as it is: nothing withdraws it', async () => {
    const { host, stand, runReady } = await opened()
    const { traffic } = stand
    const weights = { [stable]: 50, [canary]: 50 }
    await traffic.setWeights(ref, weights, fencingToken(1, 2))
    await inEffect(stand, weights)
    await runReady(canary, 0, fencingToken(1, 3))
    // What was in flight when the pod ended may fail in other ways, and a request to its address may wait for the gateway's own timeout.
    const counts = await until(
      'only the share of the canary fails',
      async () => {
        const seen = await served(host, 40)
        return Object.keys(seen).toSorted().join() === `503,${stable}` && seen
      },
      150_000,
    )
    expect(counts['503']).to.be.within(5, 35)
    expect(await traffic.read(ref)).to.deep.include({ desired: weights, effective: weights, inEffect: true })
  })
})
