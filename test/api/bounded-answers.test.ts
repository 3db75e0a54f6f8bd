/** An answer about one thing names the first of many others and says how many there are besides, whatever there is of them. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { appendEvents } from '../../adapters/postgres/events/events.ts'
import { createQueues } from '../../adapters/postgres/rollouts/queues.ts'
import type { NewEvent } from '../../domain/events/event.ts'
import { Explanation, Plan } from '../../schema/answers.ts'
import { Applied, EnvironmentDetail, Stopping } from '../../schema/service.ts'
import { run } from '../cli/recorded-api.ts'
import { saidInLife } from '../domain/analysis/every-verdict.ts'
import { startApi } from '../stack/api.ts'
import { openQueue } from '../stack/queue.ts'
import { speakerIn } from '../stack/said-verdicts.ts'
import { openShop } from '../stack/shop.ts'

const asked = (n: number): NewEvent => ({
  key: `asked ${n}`,
  kind: 'requested',
  actor: { kind: 'person', id: 'ann' },
  at: new Date(n * 1_000),
  where: null,
  data: { request: 'extend', reason: `for the time ${n}` },
})

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

describe('the explanation of a release with more than a thousand events', function () {
  this.timeout(120_000)

  it('has the sentence of its last verdict, the newest requests, and how many come before them', async () => {
    await using api = await startApi()
    const { id, say } = await speakerIn(api.db)
    const early = await say('pass')
    await api.db.transaction((tx) => appendEvents(tx, { kind: 'release', id }, numbers(1, 1_205).map(asked)))
    const late = await say('fail')
    const explained = Explanation.parse((await api.ask('GET', `/v1/releases/${id}/explanation`)).json)
    expect(explained.verdicts.map(({ verdict, detail }) => [verdict, detail])).to.deep.equal([
      ['pass', early.verdict.detail],
      ['fail', late.verdict.detail],
    ])
    expect(explained.verdictsMore).to.equal(0)
    expect(explained.requests.map(({ reason }) => reason)).to.deep.equal(numbers(1_006, 1_205).map((n) => `for the time ${n}`))
    expect(explained.requestsMore).to.equal(1_005)

    const { out, exit } = await run(['release', 'explain', id], { env: { HOLDFAST_URL: api.url, HOLDFAST_TOKEN: api.key } })
    expect(exit, out).to.equal(0)
    expect(out.replaceAll(/\s+/g, ' '))
      .to.include('and 1,005 more requests before these')
      .and.include(saidInLife('fail').verdict.detail)
      .and.include('for the time 1205')
      .and.not.include('for the time 1005')
  })
})

describe('an environment with more in its queue than a person reads', function () {
  this.timeout(180_000)

  it('has the holder and the first of those that wait, in the order in which they will be granted, and the count of the rest', async () => {
    await using queue = await openQueue()
    for (const number of [9, 3, 7, 1, 5]) await queue.accept(number)
    const queues = createQueues(queue.db)
    const all = await queues.of(queue.ref)
    expect(all.map(({ ordinal }) => ordinal)).to.deep.equal([1, 3, 5, 7, 9])
    for (const most of [1, 4, 5, 6]) {
      const { turns, more } = await queues.head(queue.ref, most)
      expect([turns, more], String(most)).to.deep.equal([all.slice(0, most), Math.max(0, 5 - most)])
    }
  })

  it('names twenty in every answer, of the API and of the command line, and counts the others', async () => {
    await using shop = await openShop()
    const { api, name, path } = shop
    for (let number = 1; number <= 23; number += 1) expect((await shop.release('1.0.0')).status, String(number)).to.equal(202)
    const ids = numbers(1, 20).map(shop.id)
    const environment = EnvironmentDetail.parse((await api.ask('GET', `${path}/environments/production`)).json)
    expect([environment.queue.map(({ id }) => id), environment.queueMore]).to.deep.equal([ids, 3])
    const [plan] = Plan.parse((await shop.release('1.0.0', {}, {}, '?dryRun=true')).json).environments
    expect([plan?.waitsBehind.map(({ id }) => id), plan?.waitsBehindMore]).to.deep.equal([ids, 3])
    const changed = Applied.parse((await shop.declare({ watch: '1m' })).json)
    expect([changed.keepOld, changed.keepOldMore]).to.deep.equal([ids, 3])
    const withVariables = async (count: number) => {
      const env = Object.fromEntries(numbers(1, count).map((n) => [`VARIABLE_${n}`, 'x']))
      const target = { kind: 'local', command: [process.execPath, 'server.mjs'], drain: '1s', grace: '1s', env }
      return Applied.parse((await shop.declare({ watch: '1m', target })).json)
    }
    await withVariables(1)
    const many = await withVariables(24)
    expect([many.changes.length, many.changesMore]).to.deep.equal([20, 3])

    const env = { HOLDFAST_URL: api.url, HOLDFAST_TOKEN: api.key }
    const told = async (...argv: readonly string[]) => (await run(argv, { env })).out.replaceAll(/\s+/g, ' ')
    expect(await told('environment', 'show', name, 'production')).to.include('and 3 more')
    expect(await told('service', 'list')).to.include('+22')

    const refused = (await api.ask('DELETE', path)).json
    expect([refused['code'], (refused['inFlight'] as unknown as unknown[]).length, refused['inFlightMore']]).to.deep.equal([
      'service-busy',
      20,
      3,
    ])
    const stopping = Stopping.parse((await api.ask('DELETE', `${path}?stop=true`)).json)
    expect([stopping.inFlight.length, stopping.inFlightMore]).to.deep.equal([20, 3])
    expect(await api.db.query("select from turn where pending = 'abort'"), 'all are asked').to.have.length(23)
    expect(await told('service', 'remove', name, '--stop')).to.include(`${shop.id(20)} and 3 more is reverted first`)
  })
})
