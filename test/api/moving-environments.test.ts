import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Shop } from '../stack/shop.ts'
import { openShop } from '../stack/shop.ts'

/** Nothing asks the cluster, because nothing is released to it. */
const onCluster = {
  target: {
    kind: 'kubernetes',
    cluster: 'main',
    namespace: 'shop',
    port: 8080,
    template: {
      spec: {
        containers: [
          {
            name: 'app',
            readinessProbe: { httpGet: { path: '/healthz', port: 8080 } },
            lifecycle: { preStop: { exec: { command: ['sleep', '4'] } } },
          },
        ],
      },
    },
  },
  metrics: { kind: 'prometheus', url: 'http://127.0.0.1:9090', interval: '5s', staleAfter: '15s' },
}

const owned = { owners: ['team-shop'] }

describe('a declaration that moves an environment', function () {
  this.timeout(60_000)

  const declareAt = ({ api, name, path }: Shop, environment: object, query = '') =>
    api.ask('PUT', `${path}${query}`, {
      body: { kind: 'Service', name, ...owned, environments: [{ name: 'production', ...environment }] },
    })

  it('is refused while a release is in flight there, as a dry run too, and both parts are named', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'moving-'))
    const file = join(folder, 'clusters')
    writeFileSync(file, 'main: { kubeconfig: /absent, owners: { team-shop: { shop: {} } } }')
    try {
      await using shop = await openShop({ HOLDFAST_CLUSTERS_FILE: file })
      await shop.declare({}, owned)
      expect((await declareAt(shop, onCluster, '?dryRun=true')).status, 'nothing is there').to.equal(200)
      await shop.release('1.0.0')
      for (const query of ['?dryRun=true', '', '?stop=true']) {
        const refused = await declareAt(shop, onCluster, query)
        expect([refused.status, refused.json['errors']], query).to.deep.equal([
          422,
          [
            { pointer: '/environments/0/target', detail: 'production is at local, not kubernetes, namespace shop of main' },
            {
              pointer: '/environments/0/traffic',
              detail: `production is at local, not replicas, port 80 of Service ${shop.name}-production`,
            },
          ],
        ])
      }
      const traffic = { kind: 'local', port: 18_080, timeout: '9s', sticky: 'cookie' }
      expect((await shop.declare({ traffic }, owned)).status, 'the local router may change').to.equal(200)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
