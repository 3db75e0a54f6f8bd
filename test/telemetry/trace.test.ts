import { expect } from 'chai'
import { describe, it } from 'mocha'
import { pathOf } from '../../adapters/local-runtime/protocol.ts'
import type { Collector, Span } from '../stack/collector.ts'
import { startCollector } from '../stack/collector.ts'
import { listening } from '../stack/listening.ts'
import { until } from '../stack/until.ts'
import { linesOf, openTracedShop } from './traced-shop.ts'

/** The trace header of CI: its own trace and the calling step. */
const step = (digit: string) => ({
  traceId: digit.repeat(32),
  spanId: digit.repeat(16),
  headers: { traceparent: `00-${digit.repeat(32)}-${digit.repeat(16)}-01` },
})

const start = step('a')
const promotion = step('b')
const posted = 'POST /v1/services/:service/releases'

/** Each of these spans with its ancestors up to the root, as process and name. */
const pathsTo = (collector: Collector, spans: readonly Span[]) =>
  spans.map((span) => [span, ...collector.ancestors(span)].map(({ service, name }) => `${service} ${name}`))

describe('the trace of a release', function () {
  this.timeout(120_000)

  it("continues the caller's trace from HTTP through workflow and activity to SQL, although the control worker is killed", async () => {
    const heardByHook: unknown[] = []
    await using hooked = await listening((request, response) => {
      heardByHook.push(request.headers['traceparent'])
      response.end()
    })
    await using collector = await startCollector()
    await using traced = await openTracedShop(
      { api: collector.url, workers: collector.url },
      { watch: '10m', hooks: { before: [{ http: `${hooked.url}/open?token=sesame` }] } },
    )
    const { shop, workers } = traced
    const started = await shop.release('1.0.0', { note: 'a note of one’s own' }, start.headers)
    await traced.shows('phase', 'watching')
    await workers.kill('control')
    await workers.start('control')
    const promote = await shop.api.ask('POST', `/v1/releases/${shop.id(1)}/promote`, { body: {}, headers: promotion.headers })
    expect(promote.status).to.equal(202)
    await traced.shows('state', 'succeeded')
    // The workflow ends after its row, and each process sends its last spans when it ends.
    await until('the end of the workflow', () => collector.spans.some(({ name }) => name === 'RunWorkflow:release'))
    await workers[Symbol.asyncDispose]()
    await shop.api.stop()

    const mine = collector.spans.filter(({ traceId }) => traceId === start.traceId)
    const processes = ['holdfast-api', 'holdfast-control', 'holdfast-act', 'holdfast-analysis']
    expect(new Set(mine.map(({ service }) => service))).to.have.all.keys(...processes)
    for (const span of mine) {
      const root = collector.ancestors(span).at(-1) ?? span
      expect([root.name, root.parentSpanId], span.name).to.deep.equal([posted, start.spanId])
    }
    const statements = mine.filter(({ service, name }) => service === 'holdfast-act' && name === 'update')
    expect(pathsTo(collector, statements)).to.deep.include([
      'holdfast-act update',
      'holdfast-act RunActivity:takeTurn',
      'holdfast-control RunWorkflow:rollout',
      'holdfast-control RunWorkflow:release',
      'holdfast-api StartWorkflow:release',
      `holdfast-api ${posted}`,
    ])
    const calls = mine.filter(({ attributes }) => attributes['url.full'] === `http://runtime${pathOf('/run')}`)
    expect(pathsTo(collector, calls)[0]?.slice(0, 2)).to.deep.equal(['holdfast-act POST', 'holdfast-act RunActivity:prepare'])

    // A hook can continue the trace. An activity that loops is one span, however many looks it has.
    expect(String(heardByHook[0])).to.include(start.traceId)
    const loops = mine.filter(({ name }) => name === 'RunActivity:analyse').map(({ spanId }) => spanId)
    expect(loops).to.have.property('length').that.is.greaterThan(0)
    expect(mine.filter(({ parentSpanId }) => loops.includes(parentSpanId))).to.deep.equal([])

    // A request has its own trace, up to the workflow that handles it.
    const heard = collector.spans.filter(({ name }) => name === 'HandleUpdate:request')
    expect(heard.map(({ traceId }) => traceId)).to.deep.equal([promotion.traceId])
    expect(pathsTo(collector, heard)).to.deep.equal([
      [
        'holdfast-control HandleUpdate:request',
        'holdfast-api StartWorkflowUpdate:request',
        'holdfast-api POST /v1/releases/:id/promote',
      ],
    ])

    expect([...collector.keys]).to.deep.equal(['open up'])

    // The log has the trace id.
    const http = mine.find(({ parentSpanId }) => parentSpanId === start.spanId)
    const requestId = started.headers.get('x-request-id')
    const line = linesOf(shop.api.output()).find((each) => each.msg === 'request' && each.requestId === requestId)
    expect(line).to.include({ trace_id: start.traceId, span_id: http?.spanId })

    for (const secret of [shop.api.key, 'a note of one’s own', 'sesame', 'open up', new URL(shop.api.databaseUrl).password])
      expect(collector.received().includes(secret), secret.slice(0, 8)).to.equal(false)
  })
})
