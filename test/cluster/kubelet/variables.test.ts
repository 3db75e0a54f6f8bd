import type { V1Container } from '@kubernetes/client-node'
import { expect } from 'chai'
import { podOf } from './driven-pod.ts'
import type { Lookup } from './variables.ts'
import { expanded, variablesOf } from './variables.ts'

const missing = (kind: string) => async (name: string) => {
  if (name !== 'shop') throw new Error(`${kind} "${name}" not found`)
  return { host: `${kind}-host`, port: '80' }
}
const lookup: Lookup = { configMap: missing('configmap'), secret: missing('secret') }
const at = { podIP: '10.244.0.10', hostIP: '10.244.0.1' }

const variables = (container: Partial<V1Container>) => {
  const pod = podOf({}, container, { metadata: { labels: { app: 'shop' } } })
  return variablesOf(pod, { name: 'app', ...container }, at, lookup)
}

const refusal = (container: Partial<V1Container>): Promise<string> =>
  variables(container).then(
    () => 'none',
    (error: unknown) => (error as Error).message,
  )

describe('the variables of a container', () => {
  it('come from ConfigMaps, Secrets and fields of the pod, the later over the earlier', async () => {
    const found = await variables({
      envFrom: [{ configMapRef: { name: 'shop' }, prefix: 'C_' }, { secretRef: { name: 'shop' } }],
      env: [
        { name: 'port', value: '81' },
        { name: 'URL', value: 'http://$(host):$(port)/$(nobody)/$$(host)' },
        { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'LABEL', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
        { name: 'KEY', valueFrom: { secretKeyRef: { name: 'shop', key: 'host' } } },
      ],
    })
    expect(found).to.deep.equal({
      C_host: 'configmap-host',
      C_port: '80',
      host: 'secret-host',
      port: '81',
      URL: 'http://secret-host:81/$(nobody)/$(host)',
      IP: '10.244.0.10',
      LABEL: 'shop',
      KEY: 'secret-host',
    })
  })

  it('are refused with the name of what is missing, in the words of a kubelet', async () => {
    const configMap = { configMapKeyRef: { name: 'gone', key: 'host' } }
    const key = { configMapKeyRef: { name: 'shop', key: 'user' } }
    expect(await refusal({ env: [{ name: 'A', valueFrom: configMap }] })).to.equal('configmap "gone" not found')
    expect(await refusal({ env: [{ name: 'A', valueFrom: key }] })).to.equal(`couldn't find key user in ConfigMap shop/shop`)
    expect(await refusal({ envFrom: [{ secretRef: { name: 'gone' } }] })).to.equal('secret "gone" not found')
  })

  it('leave out optional references that are missing', async () => {
    const gone = { configMapKeyRef: { name: 'gone', key: 'host', optional: true } }
    const noKey = { secretKeyRef: { name: 'shop', key: 'user', optional: true } }
    const env = [
      { name: 'A', valueFrom: gone },
      { name: 'B', valueFrom: noKey },
    ]
    expect(await variables({ env, envFrom: [{ configMapRef: { name: 'gone', optional: true } }] })).to.deep.equal({})
  })

  it('do not take a name of JavaScript for a variable', () => {
    expect(expanded('$(constructor) $(a)', { a: '1' })).to.equal('$(constructor) 1')
  })
})
