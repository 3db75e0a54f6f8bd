/** The types of the Gateway API on the cluster of the run: the API server serves them with their schemas, as a team's cluster does. */
import { expect } from 'chai'
import { before, describe, it } from 'mocha'
import { orLeaveOut } from '../left-out.ts'
import type { ControlPlane } from './control-plane.ts'
import { controlPlane } from './control-plane.ts'

const route = (name: string, backend: object) => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name },
  spec: { parentRefs: [{ name: 'web' }], rules: [{ name: 'shop', backendRefs: [{ name: 'shop', port: 80, ...backend }] }] },
})

describe('the types of the Gateway API', () => {
  let plane: ControlPlane
  let routes = ''

  before(async function () {
    this.timeout(300_000)
    plane = await orLeaveOut(this, controlPlane('gateway-types'))
    routes = `/apis/gateway.networking.k8s.io/v1/namespaces/${await plane.namespace()}/httproutes?fieldValidation=Strict`
  })

  it('are served at once when the cluster has them', async () => {
    expect(await plane.ask('POST', routes, route('shop', { weight: 80 }))).to.equal(201)
  })

  for (const [what, backend] of [
    ['a weight below zero', { weight: -1 }],
    ['a field that no schema has', { wieght: 80 }],
  ] as const)
    it(`refuse ${what}`, async () => {
      expect(await plane.ask('POST', routes, route('wrong', backend))).to.be.oneOf([400, 422])
    })
})
