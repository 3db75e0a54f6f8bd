import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createDatabase } from '../../../../adapters/postgres/database/database.ts'
import type { Database } from '../../../../adapters/postgres/database/database.ts'
import { createAccepting } from '../../../../adapters/postgres/releases/accepting.ts'
import { createServices } from '../../../../adapters/postgres/services/services.ts'
import type { ReleasePlan } from '../../../../domain/plan/plan.ts'
import type { Environment, ProviderRef, Service } from '../../../../domain/plan/service.ts'
import { environmentNamed, serviceIn } from '../../../domain/plan/service-in.ts'
import { locationOf } from '../../../stack/location-of.ts'
import { testDatabase } from '../../../stack/postgres.ts'
import { until } from '../../../stack/until.ts'
import { outcomeOf } from '../../stand.ts'

const ann = { kind: 'person', id: 'ann' } as const
const imageOf = (version: string): string => `app@sha256:${Buffer.from(version).toString('hex').padStart(64, '0')}`
const answer = () => ({ status: 202, location: '', body: {} })

const replicas: ProviderRef = { kind: 'replicas', config: { port: 80, timeoutMs: 1_000 } }
const gateway: ProviderRef = { kind: 'gateway-api', config: { route: 'shop', timeoutMs: 1_000 } }

const at = (namespace: string, traffic = replicas, name = 'production'): Environment => ({
  ...environmentNamed(name),
  target: { kind: 'kubernetes', config: { cluster: 'main', namespace, template: { spec: {} }, container: 'app', port: 8080 } },
  traffic,
})
const shop = (...environments: readonly Environment[]): Service => ({ ...serviceIn(), environments })

/** A declared service in its own database. */
async function openStand() {
  const db = createDatabase({ url: await testDatabase(), applicationName: 'test' })
  const [services, accepting] = [createServices(db, locationOf), createAccepting(db, locationOf)]
  return {
    db,
    services,
    apply: (...environments: readonly Environment[]) => outcomeOf(services.apply(shop(...environments), 'any', true)),
    async release(declared: Service, version: string, until: string | null = null): Promise<ReleasePlan> {
      const input = {
        version,
        artifact: imageOf(version),
        until,
        now: false,
        note: null,
        retryOf: null,
        requestedBy: ann,
      }
      return (await accepting.release(declared, input, null, answer)).plan
    },
    rollback: (version: string | null) =>
      accepting
        .rollback({ service: 'shop', environment: 'production' }, { version, reason: null, requestedBy: ann }, null, answer)
        .then(
          ({ plan }) => plan.canary.version,
          ({ code }: { code: string }) => code,
        ),
    [Symbol.asyncDispose]: () => db.close(),
  }
}

/** The release is over, and its version is stable in `production`. */
async function succeed(db: Database, { release, rollouts }: ReleasePlan): Promise<void> {
  const last = rollouts.at(-1)
  await db.query(`update turn set state = 'over', over_at = now() where subject = $1`, [release])
  await db.query(`update rollout set phase = 'ended', outcome = 'succeeded' where workflow_id = $1`, [last?.workflowId])
  await db.query(`update release set outcome = 'succeeded', ended_at = now() where id = $1`, [release])
  await db.query(
    `update environment set stable = $1, stable_release = $2, stable_number = $3, stable_since = now() where name = 'production'`,
    [JSON.stringify(last?.canary), release, last?.releaseNumber],
  )
}

const waiting = async (db: Database): Promise<number> => {
  const [row] = await db.query<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return row?.count ?? 0
}

describe('an environment that has something in use', function () {
  this.timeout(60_000)

  it('stays with its stable version, and moves once it has none', async () => {
    await using stand = await openStand()
    expect(await stand.apply(at('a'))).to.equal('accepted')
    await succeed(stand.db, await stand.release(shop(at('a')), '1.0.0'))
    expect(await stand.apply(at('b'))).to.equal('invalid-input')
    expect(await stand.apply(at('a', gateway))).to.equal('invalid-input')
    expect(await outcomeOf(stand.services.assertStays(shop(at('b')))), 'a dry run').to.equal('invalid-input')
    expect(await stand.apply(at('a'), at('b', gateway, 'canary'))).to.equal('accepted')
    expect((await stand.services.read('shop'))?.declaration.environments.map(({ name }) => name)).to.deep.equal([
      'production',
      'canary',
    ])
    await stand.db.query(`update environment set stable = null`)
    expect(await outcomeOf(stand.services.assertStays(shop(at('b', gateway)))), 'a dry run').to.equal('accepted')
    expect(await stand.apply(at('b', gateway))).to.equal('accepted')
  })

  it('stays where releases in flight go, also before they reach it', async () => {
    await using stand = await openStand()
    const [staging, production] = [at('a', replicas, 'staging'), at('a')]
    await stand.apply(staging, production)
    const first = await stand.release(shop(staging, production), '1.0.0', 'staging')
    expect(await stand.apply(staging, at('b')), 'none goes there').to.equal('accepted')
    expect(await stand.apply(at('b', replicas, 'staging'), at('b')), 'one is there').to.equal('invalid-input')
    await stand.release(shop(staging, at('b')), '1.1.0')
    expect(await stand.apply(staging, production), 'one has not reached it').to.equal('invalid-input')
    expect(await stand.apply(staging, at('b', gateway)), 'one has not reached it').to.equal('invalid-input')
    expect(first.rollouts).to.have.lengthOf(1)
  })

  it('stays where a release goes that is accepted at the same moment', async () => {
    await using stand = await openStand()
    const { db } = stand
    await stand.apply(at('a'))
    let accepting: Promise<unknown> = Promise.resolve()
    let applying: Promise<unknown> = Promise.resolve()
    await db.transaction(async (tx) => {
      // The accept waits for this row after it has taken its number. Neither it nor the declaration has been committed then.
      await tx.query(`insert into version (service, version, artifact) values ('shop', '1.0.0', $1)`, [imageOf('1.0.0')])
      accepting = stand.release(shop(at('a')), '1.0.0')
      await until('the accept waits', async () => (await waiting(db)) === 1)
      applying = stand.apply(at('b'))
      await until('the declaration waits', async () => (await waiting(db)) === 2)
    })
    await accepting
    expect(await applying).to.equal('invalid-input')
    expect((await stand.services.read('shop'))?.declaration).to.deep.equal(shop(at('a')))
  })

  it('stays where it was left running, when it left its declaration or its service was removed', async () => {
    const leaving = {
      dropped: ({ services }: Awaited<ReturnType<typeof openStand>>) =>
        services.apply(shop(at('b', replicas, 'other')), 'any', true),
      removed: ({ services }: Awaited<ReturnType<typeof openStand>>) => services.remove('shop', true),
    }
    for (const [how, leave] of Object.entries(leaving)) {
      await using stand = await openStand()
      await stand.apply(at('a'))
      await succeed(stand.db, await stand.release(shop(at('a')), '1.0.0'))
      const left = await leave(stand)
      // The target does not answer, so the caller does not say that everything has been ended.
      expect(await stand.apply(at('b')), how).to.equal('invalid-input')
      const endings = left.kind === 'declared' ? left.dropped : left.kind === 'removed' ? left.endings : []
      expect(
        endings.map(({ environment }) => environment),
        how,
      ).to.deep.equal(['production'])
      await stand.services.ended('shop', endings)
      expect(await stand.apply(at('b')), how).to.equal('accepted')
    }
  })

  it('is rolled back only to a version that is where it is', async () => {
    const moves = [
      ['another namespace', at('b')],
      ['another router', at('a', gateway)],
    ] as const
    for (const [what, moved] of moves) {
      await using stand = await openStand()
      const { db } = stand
      await stand.apply(at('a'))
      for (const version of ['1.0.0', '1.1.0']) await succeed(db, await stand.release(shop(at('a')), version))
      await db.query(`update environment set stable = null, stable_number = null`)
      expect(await stand.apply(moved), what).to.equal('accepted')
      expect(await stand.rollback('1.1.0'), `${what}, nothing is stable`).to.equal('no-earlier-version')
      await succeed(db, await stand.release(shop(moved), '2.0.0'))
      for (const version of [null, '1.1.0']) expect(await stand.rollback(version), what).to.equal('no-earlier-version')
      await succeed(db, await stand.release(shop(moved), '2.1.0'))
      expect(await stand.rollback(null), what).to.equal('2.0.0')
    }
  })
})
