import { readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { localTarget } from '../../adapters/target/local.ts'
import { pruneArtifacts } from '../../workers/pruner.ts'
import { fencingToken } from '../adapters/stand.ts'
import { demoArtifact } from '../stack/demo-artifact.ts'
import { openShop } from '../stack/shop.ts'

const hour = 3_600_000

describe('the pruner', function () {
  this.timeout(60_000)

  it('removes old and excess artifacts, and never one that is stable, warm, queued or needed for a revert', async () => {
    await using shop = await openShop()
    const { client, home } = shop.runtime
    const stored = () =>
      readdirSync(join(home, 'artifacts'))
        .map((name) => name.replace('-', ':'))
        .toSorted()
    const artifact = async (version: string) => {
      const path = demoArtifact(version)
      writeFileSync(join(path, 'weight'), Buffer.alloc(2 ** 20))
      return (await client.importArtifact(path)).digest
    }
    const use = (digest: string, hoursAgo: number) => {
      const at = new Date(Date.now() - hoursAgo * hour)
      utimesSync(join(home, 'artifacts', digest.replace(':', '-')), at, at)
    }
    const [stable, warm, queued, good] = [
      await artifact('stable'),
      await artifact('warm'),
      await artifact('queued'),
      await artifact('good'),
    ]
    // This release stays queued, because no worker starts it.
    await shop.release('queued', { artifact: { ref: queued } })
    await shop.api.db.query(`update environment set stable = jsonb_build_object('artifact', $1::text) where service = $2`, [
      stable,
      shop.name,
    ])
    await shop.release('good', { artifact: { ref: good } })
    await shop.api.db.query(
      `with good as (update turn set state = 'over' where subject = $1 returning workflow_id)
       update rollout set outcome = 'succeeded' from good where good.workflow_id = rollout.workflow_id`,
      [shop.id(2)],
    )
    await shop.api.db.query(`update release set ended_at = now() where id = $1`, [shop.id(2)])
    const config = localTarget.config.parse({ command: [process.execPath, 'server.mjs'], grace: '1s' })
    const ref = { service: shop.name, environment: 'production' }
    await client.open(ref, { timeoutMs: 2_000, sticky: 'none', edgesMs: [100] }, fencingToken(1, 1))
    await client.run(ref, { revision: 'r-warm', version: 'warm', artifact: warm, config }, 1, fencingToken(1, 1))
    const [old, older, fresh] = [await artifact('old'), await artifact('older'), await artifact('fresh')]
    const needed = [stable, warm, queued, good]
    for (const digest of needed) use(digest, 9_000)
    use(older, 1_000)
    use(old, 30)
    const store = localTarget.artifacts({ runtimeSocket: shop.runtime.socket })
    const prune = (artifactAgeMs: number, artifactSpace: number) =>
      pruneArtifacts(shop.api.db, [store], { artifactAgeMs, artifactSpace })
    expect(await prune(2_000 * hour, 100), 'neither old nor too much').to.deep.equal([])
    expect(await prune(720 * hour, 100), 'by age').to.deep.equal([older])
    expect(await prune(720 * hour, 6), 'by size, until it fits').to.deep.equal([old])
    // An artifact that was used a moment ago may not have its row yet.
    expect(await prune(hour, 0), 'artifacts used within the hour').to.deep.equal([])
    expect(stored()).to.deep.equal([...needed, fresh].toSorted())
  })
})
