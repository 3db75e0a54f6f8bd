import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Span } from '../stack/collector.ts'
import { startCollector } from '../stack/collector.ts'
import type { Shop } from '../stack/shop.ts'
import { openShop } from '../stack/shop.ts'
import { testTemporal } from '../stack/temporal.ts'
import { until } from '../stack/until.ts'
import type { WorkerName } from '../stack/workers.ts'
import { startWorkers } from '../stack/workers.ts'

const quick = {
  target: { kind: 'local', command: [process.execPath, 'server.mjs'], drain: '1s', grace: '1s' },
  strategy: { kind: 'canary', steps: [{ weight: 10, bake: { min: '1s', max: '2m' } }], scaleDownDelay: '0s' },
  analysis: { warmUp: '0s', look: '200ms' },
  watch: '10m',
}

const workersOf = async ({ api, runtime }: Shop, endpoint: string) =>
  startWorkers({
    DATABASE_URL: api.databaseUrl,
    TEMPORAL_ADDRESS: (await testTemporal()).address,
    HOLDFAST_RUNTIME_SOCKET: runtime.socket,
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  })

const untilShown = (shop: Shop, member: string, value: string) =>
  until(
    `${member} ${value}`,
    async () => (await shop.api.ask('GET', `/v1/releases/${shop.id(1)}`)).member(member) === value,
    40_000,
  )

/** What CI sends along: its own trace, and the step of it that asks. */
const traceOf = (digit: string) => ({ traceId: digit.repeat(32), spanId: digit.repeat(16) })
const headersOf = ({ traceId, spanId }: ReturnType<typeof traceOf>) => ({ traceparent: `00-${traceId}-${spanId}-01` })

interface Line {
  readonly level: number
  readonly msg: string
  readonly requestId?: string
  readonly trace_id?: string
  readonly span_id?: string
}

const linesOf = (output: string): Line[] =>
  output
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line)

describe('the trace of a release', function () {
  this.timeout(120_000)

  it('is the one of whoever asked, from HTTP through workflow and activity to SQL, though the worker of workflows is killed', async () => {
    await using collector = await startCollector()
    await using shop = await openShop({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url })
    await using workers = await workersOf(shop, collector.url)
    await shop.declare(quick)
    const [start, promotion] = [traceOf('a'), traceOf('b')]
    const started = await shop.release('1.0.0', { note: 'a note that is nobody else’s' }, headersOf(start))
    await untilShown(shop, 'phase', 'watching')
    await workers.kill('control')
    await workers.start('control')
    const promote = await shop.api.ask('POST', `/v1/releases/${shop.id(1)}/promote`, { body: {}, headers: headersOf(promotion) })
    expect(promote.status).to.equal(202)
    await untilShown(shop, 'state', 'succeeded')
    // The workflow ends after the row that says so.
    await until('the end of the workflow', () => collector.spans.some(({ name }) => name === 'RunWorkflow:release'))
    // Each sends what it still has when it ends.
    await workers[Symbol.asyncDispose]()
    await shop.api.stop()

    const mine = collector.spans.filter(({ traceId }) => traceId === start.traceId)
    expect(new Set(mine.map(({ service }) => service))).to.include.all.keys(
      'holdfast-api',
      'holdfast-control',
      'holdfast-act',
      'holdfast-analysis',
    )
    for (const span of mine) {
      const root = collector.ancestors(span).at(-1) ?? span
      expect([root.name, root.parentSpanId], span.name).to.deep.equal(['POST /v1/services/:service/releases', start.spanId])
    }
    const pathsTo = (isIt: (span: Span) => boolean) =>
      mine.filter(isIt).map((span) => [span, ...collector.ancestors(span)].map(({ service, name }) => `${service} ${name}`))
    expect(pathsTo(({ service, name }) => service === 'holdfast-act' && name === 'update')).to.deep.include([
      'holdfast-act update',
      'holdfast-act RunActivity:takeTurn',
      'holdfast-control RunWorkflow:rollout',
      'holdfast-control RunWorkflow:release',
      'holdfast-api StartWorkflow:release',
      'holdfast-api POST /v1/services/:service/releases',
    ])
    const toRuntime = pathsTo(({ attributes }) => attributes['url.full'] === 'http://runtime/run')
    expect(toRuntime[0]?.slice(0, 3)).to.deep.equal([
      'holdfast-act POST',
      'holdfast-act RunActivity:prepare',
      'holdfast-control RunWorkflow:rollout',
    ])

    // An activity that loops is one span, however often it looks.
    expect(pathsTo(({ name }) => name === 'RunActivity:analyse'))
      .to.have.property('length')
      .that.is.greaterThan(0)
    expect(mine.filter((span) => collector.ancestors(span).some(({ name }) => name === 'RunActivity:analyse'))).to.deep.equal([])

    // A request has its own trace up to the workflow that hears it.
    const heard = collector.spans.filter(({ name }) => name === 'HandleUpdate:request')
    expect(heard.map((span) => [span.traceId, ...collector.ancestors(span).map(({ name }) => name)])).to.deep.equal([
      [promotion.traceId, 'StartWorkflowUpdate:request', 'POST /v1/releases/:id/promote'],
    ])

    // What was logged for it says where to look.
    const http = mine.find(({ parentSpanId }) => parentSpanId === start.spanId)
    const line = linesOf(shop.api.output()).find(
      ({ msg, requestId }) => msg === 'request' && requestId === started.headers.get('x-request-id'),
    )
    expect(line).to.include({ trace_id: start.traceId, span_id: http?.spanId })

    for (const secret of [shop.api.key, 'nobody else’s', new URL(shop.api.databaseUrl).password])
      expect(collector.received().includes(secret), secret.slice(0, 8)).to.equal(false)
  })
  it('is dropped where no collector takes it: the release ends as ever, each process says so once and ends in order', async () => {
    await using silent = await startSilence()
    await using shop = await openShop({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' })
    await using workers = await workersOf(shop, silent.url)
    await shop.declare({ ...quick, watch: '5s' })
    await shop.release('1.0.0')
    await untilShown(shop, 'state', 'succeeded')
    const logOf = (name: WorkerName) => readFileSync(join(workers.logs, `${name}.log`), 'utf8')
    const names = ['control', 'act', 'analysis'] as const
    await until('each to have said so', () => names.every((name) => logOf(name).includes(unsent)))
    const logs = names.map(logOf)
    await workers[Symbol.asyncDispose]()
    expect(await Promise.all(names.map((name) => workers.exited(name)))).to.deep.equal(names.map(() => 'exit code 0'))
    await shop.api.stop()
    expect(shop.api.output()).to.include('"msg":"stopped"')
    for (const log of [...logs, shop.api.output()]) {
      const unusual = linesOf(log).filter(({ level, msg }) => level > 30 && !/^No (activities|workflows) registered/.test(msg))
      expect(unusual.map(({ msg }) => msg)).to.deep.equal([unsent])
    }
  })
})

const unsent = 'traces cannot be sent; nothing else is held up by that'

/** Takes connections and never answers. */
async function startSilence(): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
