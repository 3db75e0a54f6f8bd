import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { readMeasures } from '../../adapters/postgres/releases/measures.ts'
import { leaveOut } from '../left-out.ts'
import { startApi } from '../stack/api.ts'
import { openQueue } from '../stack/queue.ts'
import { openShop } from '../stack/shop.ts'
import { testTemporal } from '../stack/temporal.ts'
import { until } from '../stack/until.ts'
import { startWorkers } from '../stack/workers.ts'

describe('the metrics of the API', () => {
  it('count its requests by route, and its calls to Temporal under the names that workers use, each name once', async () => {
    await using api = await startApi()
    await api.ask('GET', '/v1/services/nothing')
    await api.ask('GET', '/health', { key: null })
    const { text, headers } = await api.ask('GET', '/metrics', { key: null })
    expect(headers.get('content-type')).to.match(/^text\/plain; version=0\.0\.4/)
    expect(text).to.match(/^process_cpu_seconds_total [\d.]+$/m)
    const asked = 'method="GET",route="/v1/services/:service",status="404"'
    expect(text).to.include(`holdfast_http_request_duration_seconds_count{${asked}} 1\n`)
    const info = 'namespace="default",operation="GetSystemInfo"'
    expect(text).to.match(new RegExp(`^temporal_request\\{${info}\\} [1-9]`, 'm'))
    expect(text).to.match(new RegExp(`^temporal_request_latency_count\\{${info}\\} [1-9]`, 'm'))
    expect(text).to.not.match(/^temporal_request_failure\{/m)
    const typed = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, metric]) => metric)
    expect(typed).to.deep.equal([...new Set(typed)])
  })

  it('count calls to Temporal by the reason of their failure', async () => {
    await using api = await startApi({ TEMPORAL_ADDRESS: '127.0.0.1:1' })
    await api.ask('GET', '/health', { key: null })
    const { text } = await api.ask('GET', '/metrics', { key: null })
    expect(text).to.match(/^temporal_request_failure\{.*operation="GetSystemInfo",status_code="[A-Z_]+"\} [1-9]/m)
  })

  it('show the open releases, the outcomes, the time in each phase and the waits for a person; and the same after a kill', async function () {
    this.timeout(90_000)
    await using shop = await openShop()
    await using _workers = await startWorkers({
      DATABASE_URL: shop.api.databaseUrl,
      TEMPORAL_ADDRESS: (await testTemporal()).address,
      HOLDFAST_RUNTIME_SOCKET: shop.runtime.socket,
    })
    await shop.declare({ strategy: { kind: 'blue-green', gate: 'manual', scaleDownDelay: '0s' }, watch: '0s' })
    const read = async (n: number, member: string) => (await shop.api.ask('GET', `/v1/releases/${shop.id(n)}`)).member(member)
    await shop.release('1.0.0')
    await until('its end', async () => (await read(1, 'outcome')) === 'succeeded', 30_000)
    await shop.release('1.1.0')
    await until('its gate', async () => (await read(2, 'phase')) === 'gated', 30_000)
    const ref = `service="${shop.name}",environment="production"`
    const scrape = async () => (await shop.api.ask('GET', '/metrics', { key: null })).text
    const waiting = await until('who is waited for', async () => {
      const text = await scrape()
      return text.includes('phase="gated"') ? text : undefined
    })
    expect(waiting).to.match(new RegExp(`^holdfast_waiting_for_person_seconds\\{${ref},phase="gated"\\} \\d`, 'm'))
    expect(waiting).to.include('holdfast_open{phase="gated"} 1\n').and.include('holdfast_ended_total{outcome="succeeded"} 1\n')

    await shop.api.ask('POST', `/v1/releases/${shop.id(2)}/abort`, { body: {} })
    await until('its end', async () => (await read(2, 'outcome')) === 'aborted', 30_000)
    await shop.api.kill()
    await shop.api.start()
    const text = await scrape()
    expect(text).to.include('holdfast_ended_total{outcome="aborted"} 1\n')
    expect(text).to.not.include('holdfast_waiting_for_person_seconds{')
    for (const phase of ['starting', 'gated', 'reverting'])
      expect(text, phase).to.match(new RegExp(`^holdfast_phase_seconds_count\\{phase="${phase}"\\} [12]$`, 'm'))
    expect(text).to.include('holdfast_failed_requests_estimated_total 0\n')
    const checked = spawnSync('promtool', ['check', 'metrics'], {
      input: text.replaceAll(/^(#.*)? ?temporal_.*\n/gm, ''),
      encoding: 'utf8',
    })
    expect(checked.stdout + checked.stderr).to.not.match(/holdfast_/)
  })
})

describe('the sums of the domain', () => {
  it("measure a revert by the time to weight 0, and count users' failed requests beyond those that the stable version would have failed", async () => {
    await using queue = await openQueue()
    const { workflowId: turn } = await queue.accept(1)
    const { db } = queue
    const kept = { canary: { bad: 50, total: 1_000 }, stable: { bad: 90, total: 9_000 } }
    await db.query('insert into analysis (workflow_id, status) values ($1, $2)', [turn, JSON.stringify(kept)])
    await db.query(`update rollout set weight = 10 where workflow_id = $1`, [turn])
    await db.query(`update rollout set phase = 'reverting', phase_since = now() - interval '3 seconds' where workflow_id = $1`, [
      turn,
    ])
    await db.query(`update rollout set weight = 0 where workflow_id = $1`, [turn])
    await db.query(`update rollout set weight = 0 where workflow_id = $1`, [turn])
    await db.query(`update rollout set outcome = 'rolled-back', phase = 'ended' where workflow_id = $1`, [turn])
    const { spans, failedRequests } = await readMeasures(db)
    const reverted = spans.find(({ phase }) => phase === 'reverted')
    expect(reverted).to.deep.include({ count: 1, atMost: [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1] })
    expect(reverted?.sumSeconds).to.be.within(3, 4)
    expect(failedRequests, '50 errors, of which 10 are what the stable version has too').to.be.closeTo(40, 1e-9)
  })
})

describe('the alert rules', () => {
  it('fire on their faults, and are silent otherwise', function () {
    const ran = spawnSync('promtool', ['test', 'rules', 'holdfast.rules.test.yml'], {
      cwd: join(import.meta.dirname, '../../ops/alerts'),
      encoding: 'utf8',
    })
    if (ran.error) leaveOut(this, "no promtool on this machine: it comes with Debian's prometheus")
    expect(ran.status, ran.stdout + ran.stderr).to.equal(0)
  })
})
