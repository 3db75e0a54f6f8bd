import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import type { Database } from '../../adapters/postgres/database/database.ts'
import type { Shop } from '../stack/shop.ts'
import { openShop } from '../stack/shop.ts'
import { testTemporal } from '../stack/temporal.ts'
import { until } from '../stack/until.ts'
import type { Workers } from '../stack/workers.ts'
import { startWorkers } from '../stack/workers.ts'
import { framesOf, idOf } from '../stack/frames.ts'

const environment = {
  target: { kind: 'local', command: [process.execPath, 'server.mjs'], drain: '1s', grace: '1s' },
  strategy: { kind: 'canary', steps: [{ weight: 20, bake: { min: '1s', max: '90s' } }], scaleDownDelay: '0s' },
  analysis: { warmUp: '0s', look: '200ms', onInconclusive: 'hold' },
  watch: '1s',
}

/** When a POST of a release hangs: before its commit, or after it and before the answer. */
const moments = { 'before it was committed': 'insert', 'after it was committed': 'update of started_at' }

describe('a canary around which the API is killed', function () {
  this.timeout(120_000)
  let shop: Shop
  let workers: Workers
  let versions = 0
  before(async () => {
    shop = await openShop()
    workers = await startWorkers({
      DATABASE_URL: shop.api.databaseUrl,
      TEMPORAL_ADDRESS: (await testTemporal()).address,
      HOLDFAST_RUNTIME_SOCKET: shop.runtime.socket,
    })
    await shop.declare(environment)
    await shop.release('1.0.0')
    await reached(shop, shop.id(1), 'ended')
  })
  after(async () => {
    await workers?.[Symbol.asyncDispose]()
    await shop?.[Symbol.asyncDispose]()
  })

  const nextVersion = () => `1.${(versions += 1)}.0`
  const ask = (id: string, verb: string) => shop.api.ask('POST', `/v1/releases/${id}/${verb}`, { body: {} })
  /** A release that bakes until a request, because it gets no traffic. */
  async function baking(): Promise<string> {
    const id = (await shop.release(nextVersion())).member('id')
    await reached(shop, id, 'baking')
    return id
  }

  it('continues without it; a reader of its events gets each once, and later requests are done', async () => {
    const id = await baking()
    const seen: string[] = []
    const following = follow(shop, id, seen)
    await until('the first events', () => seen.length > 1)
    expect((await ask(id, 'promote')).status).to.equal(202)
    await shop.api.kill()
    expect(await following, 'the stream was ended').to.equal(false)
    await reached(shop, id, 'watching')
    await shop.api.start()
    expect(await follow(shop, id, seen), 'the stream was ended').to.equal(true)
    const stored = await shop.api.db.query<{ seq: string }>('select seq from event where subject = $1 order by seq', [id])
    expect(seen).to.deep.equal(stored.map(({ seq }) => String(seq)))
    expect((await shop.api.ask('GET', `/v1/releases/${id}`)).member('outcome')).to.equal('succeeded')
  })

  it('is aborted by the next API process', async () => {
    const id = await baking()
    await shop.api.kill()
    await shop.api.start()
    expect((await ask(id, 'abort')).status).to.equal(202)
    await reached(shop, id, 'ended')
    expect((await shop.api.ask('GET', `/v1/releases/${id}`)).member('outcome')).to.equal('aborted')
  })

  for (const [moment, statement] of Object.entries(moments)) {
    it(`is released once when its POST was cut ${moment} and repeated with its key`, async () => {
      const version = nextVersion()
      const post = () => shop.release(version, {}, { 'idempotency-key': version })
      await using held = await holdReleases(shop.api.db, statement)
      const cut = post().then(
        () => 'answered',
        () => 'cut',
      )
      await held.reached()
      await shop.api.kill()
      expect(await cut).to.equal('cut')
      await held.release()
      await shop.api.start()
      // A request can take over the key of one that never ended after ten seconds.
      const answer = await until('the answer', async () => {
        const again = await post()
        return again.status === 409 ? undefined : again
      })
      expect(answer.status).to.equal(202)
      const rows = await shop.api.db.query<{ id: string }>('select id from release where version = $1', [version])
      expect(rows).to.deep.equal([{ id: answer.member('id') }])
      await reached(shop, answer.member('id'), 'baking')
      await ask(answer.member('id'), 'abort')
      await reached(shop, answer.member('id'), 'ended')
    })
  }
})

/** Resolves once the row of a release's rollout shows this phase. It does not ask the API, which may be away. */
const reached = ({ api }: Shop, release: string, phase: string): Promise<unknown> =>
  until(
    `${release} in ${phase}`,
    async () =>
      (
        await api.db.query('select 1 from turn join rollout using (workflow_id) where subject = $1 and phase = $2', [
          release,
          phase,
        ])
      ).length > 0,
    40_000,
  )

/** Adds the ids of events after the last one seen. Resolves with whether the stream ended or broke off. */
async function follow({ api }: Shop, id: string, seen: string[]): Promise<boolean> {
  const headers = { accept: 'text/event-stream', 'last-event-id': seen.at(-1) ?? '0' }
  try {
    for await (const frame of framesOf(await api.open(`/v1/releases/${id}/events`, { headers }))) {
      if (frame.startsWith('event: end')) return true
      seen.push(idOf(frame))
    }
  } catch {
    // The stream broke off.
  }
  return false
}

const lockKey = 4_711

/** Delays the next such statement on releases until released, like a database under load. */
async function holdReleases(db: Database, statement: string) {
  await db.query(`create or replace function hold() returns trigger language plpgsql as
    $$ begin perform pg_advisory_xact_lock(${lockKey}); return new; end $$`)
  await db.query(`create trigger held before ${statement} on release for each row execute function hold()`)
  const released = Promise.withResolvers<void>()
  const locked = Promise.withResolvers<void>()
  const holding = db.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [lockKey])
    locked.resolve()
    await released.promise
  })
  await locked.promise
  const release = async () => {
    released.resolve()
    await holding
    await db.query('drop trigger if exists held on release')
  }
  return {
    reached: () =>
      until('a held statement', async () => {
        const waiting = await db.query(`select 1 from pg_locks where locktype = 'advisory' and objid = $1 and not granted`, [
          lockKey,
        ])
        return waiting.length > 0
      }),
    release,
    [Symbol.asyncDispose]: release,
  }
}
