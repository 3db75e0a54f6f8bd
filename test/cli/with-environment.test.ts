/** An environment on the command line: replicas that end, their logs, its releases and rollbacks. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { History } from '../../schema/release.ts'
import { event, problem, release, run, startApi } from './recorded-api.ts'

const shop = { name: 'shop', environments: [{ name: 'production' }] }
const ref = 'GET /v1/services/shop/environments/production'

describe('an environment on the command line', () => {
  it('shows how many of its replicas are ready, and how often and how one ended by itself', async () => {
    const replicas = [
      { version: '1.1.0', wanted: 2, ready: 2, detail: '', exits: 0, lastExit: null },
      {
        version: '1.2.0',
        wanted: 2,
        ready: 0,
        detail: 'exit code 7',
        exits: 3,
        lastExit: { how: 'exit code 7', at: '2026-01-02T03:04:05.000Z' },
      },
    ]
    await using api = await startApi({ [ref]: { name: 'production', replicas } })
    const { exit, out } = await run(['environment', 'show', 'shop', 'production'], { env: { HOLDFAST_URL: api.url } })
    expect(exit).to.equal(0)
    expect(out).to.include('1.1.0: 2 of 2 ready\n')
    expect(out).to.match(/1\.2\.0: 0 of 2 ready \(exit code 7\), ended by itself 3 times, last \d\d:04:05 by exit code 7\n/)
  })

  it('shows how the last release ended and why, only while no version is stable and none is in flight', async () => {
    const reason = { code: 'cannot-start', detail: '0 of 1 ready: spawn ./start ENOENT' }
    const last = { subjectKind: 'release', id: 'shop-1', kind: 'rollout', version: '1.0.0', outcome: 'rolled-back', reason }
    const queue = [{ subjectKind: 'release', id: 'shop-2', state: 'progressing', phase: 'baking' }]
    const environments = [
      { name: 'empty', stable: null, last, queue: [] },
      { name: 'trying', stable: null, last, queue },
      { name: 'full', stable: { version: '0.9.0', revision: 'aaaa' }, last, queue: [] },
      { name: 'new', stable: null, last: null, queue: [] },
    ]
    const service = { name: 'shop', environments }
    await using api = await startApi({
      'GET /v1/services': { items: [service], nextCursor: null },
      'GET /v1/services/shop': service,
    })
    const env = { HOLDFAST_URL: api.url }
    const rows = (await run(['service', 'list'], { env })).out.split('\n')
    const said = environments.map(
      ({ name }) => /none yet|none: \S+ \S+|0\.9\.0/.exec(rows.find((row) => row.includes(name)) ?? '')?.[0],
    )
    expect(said).to.deep.equal(['none: shop-1 rolled-back', 'none yet', '0.9.0', 'none yet'])
    const { out } = await run(['service', 'show', 'shop'], { env })
    expect(out.match(/last {2}shop-1 rolled-back: 0 of 1 ready: spawn \.\/start ENOENT/g)).to.have.length(2)
    expect(out.indexOf('last  shop-1')).to.be.within(out.indexOf('empty'), out.indexOf('trying'))
  })

  it('shows logs with short names of replicas, with times on request, and as many lines as requested', async () => {
    const at = '2026-01-02T03:04:05.678Z'
    const items = ['3f0a-0-26016-abc', '3f0a-1-26017-abd'].map((replica) => ({ at, replica, version: '1.1.0', line: 'hello' }))
    await using api = await startApi({ 'GET /v1/services/shop': shop, [`${ref}/logs`]: { items, nextCursor: null } })
    const env = { HOLDFAST_URL: api.url }
    const all = ['logs', 'shop', '--tail', '7', '--since', '2026-01-02T03:00:00Z', '--version', '1.1.0']
    expect(await run(all, { env })).to.deep.include({ exit: 0, out: '1.1.0 #0 hello\n1.1.0 #1 hello\n' })
    const asked = new URL(api.seen.at(-1)?.url ?? '', api.url).searchParams
    expect(Object.fromEntries(asked)).to.deep.equal({ lines: '7', since: '2026-01-02T03:00:00Z', version: '1.1.0' })
    const timed = await run(['logs', 'shop', '--timestamps'], { env })
    expect(timed.out).to.equal(`${at} 1.1.0 #0 hello\n${at} 1.1.0 #1 hello\n`)
  })

  it('answers exit code 4 for a version that was never there, and names those that were', async () => {
    const hint = "'holdfast release list shop -e production' shows the versions that were"
    await using api = await startApi({
      [`${ref}/logs`]: (_, response) =>
        problem(response, 404, 'not-found', '9.9.9 was never released to shop/production', { hint }),
    })
    const unknown = await run(['logs', 'shop', '-e', 'production', '--version', '9.9.9'], { env: { HOLDFAST_URL: api.url } })
    expect(unknown).to.deep.include({ exit: 4, out: '' })
    expect(unknown.err).to.equal(`error: 9.9.9 was never released to shop/production\nhint: ${hint}\n`)
  })

  it('needs no name when a service has one environment, and needs one when it has several', async () => {
    const staging = { name: 'shop', environments: [{ name: 'staging' }, { name: 'production' }] }
    await using one = await startApi({ 'GET /v1/services/shop': shop, [`${ref}/logs`]: { items: [], nextCursor: null } })
    expect((await run(['logs', 'shop'], { env: { HOLDFAST_URL: one.url } })).exit).to.equal(0)
    const alone = { name: 'production', stable: null }
    await using ref1 = await startApi({ 'GET /v1/services/shop': shop, [ref]: alone })
    const only = await run(['environment', 'show', 'shop'], { env: { HOLDFAST_URL: ref1.url } })
    expect(only, only.err).to.deep.include({ exit: 0 })
    await using two = await startApi({ 'GET /v1/services/shop': staging })
    const asked = await run(['logs', 'shop'], { env: { HOLDFAST_URL: two.url } })
    expect(asked.exit).to.equal(2)
    expect(asked.err).to.include('shop has 2 environments').and.include('add -e with one of staging, production')
    const shown = await run(['environment', 'show', 'shop'], { env: { HOLDFAST_URL: two.url } })
    expect([shown.exit, shown.err]).to.deep.equal([
      2,
      'error: shop has 2 environments: which one?\nhint: name one of staging, production\n',
    ])
    const rolled = await run(['rollback', 'shop'], { env: { HOLDFAST_URL: two.url } })
    expect([rolled.exit, two.seen.some(({ method }) => method !== 'GET')]).to.deep.equal([2, false])
  })

  it('shows releases and rollbacks of a service in one list, as the API answers them', async () => {
    const line = {
      version: '1.0.0',
      environment: 'production',
      state: 'succeeded',
      reason: null,
      requestedBy: { kind: 'person', id: 'kim' },
      note: null,
      createdAt: '2026-01-02T03:04:05.000Z',
      endedAt: '2026-01-02T03:05:05.000Z',
      links: { self: '/v1/releases/shop-1', events: '/v1/releases/shop-1/events', temporal: null, console: null },
    }
    const items = [
      { ...line, kind: 'rollback', id: 'rollback/shop/production/1' },
      { ...line, kind: 'release', id: 'shop-1' },
    ]
    await using api = await startApi({ 'GET /v1/services/shop/history': History.parse({ items, nextCursor: null }) })
    const { exit, out, err } = await run(['service', 'history', 'shop'], { env: { HOLDFAST_URL: api.url } })
    expect(exit, err).to.equal(0)
    expect(out)
      .to.match(/^rollback\/shop\/production\/1/m)
      .and.match(/^shop-1 /m)
  })

  it('is named in each of its events', async () => {
    await using api = await startApi({
      'GET /v1/releases/shop-3': release(),
      'GET /v1/releases/shop-3/events': {
        items: [event(1, 'weight-shifted', { version: '1.2.0', weight: 10, replicas: 1, to: null }, 'staging')],
        nextCursor: null,
      },
    })
    const { out, err } = await run(['release', 'show', 'shop-3'], { env: { HOLDFAST_URL: api.url } })
    expect(out, err).to.include('staging: ')
  })
})
