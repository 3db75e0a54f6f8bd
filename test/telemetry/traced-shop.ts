/** A shop with its own workers that send traces to an address, and their logs. */
import type { Shop } from '../stack/shop.ts'
import { openShop } from '../stack/shop.ts'
import { testTemporal } from '../stack/temporal.ts'
import { until } from '../stack/until.ts'
import type { Workers } from '../stack/workers.ts'
import { startWorkers } from '../stack/workers.ts'

export interface TracedShop extends AsyncDisposable {
  readonly shop: Shop
  readonly workers: Workers
  /** Resolves once the first release has this value. */
  shows(member: 'phase' | 'state', value: string): Promise<unknown>
}

/** @param options the address for traces, and changes to an environment whose release takes seconds */
export async function openTracedShop(
  { api, workers: workersTo }: { readonly api: string; readonly workers: string },
  environment: object,
): Promise<TracedShop> {
  const headers = {
    OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=open%20up',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_TIMEOUT: '2000',
    OTEL_BSP_SCHEDULE_DELAY: '1000',
  }
  const shop = await openShop({ OTEL_EXPORTER_OTLP_ENDPOINT: api, ...headers })
  const workers = await startWorkers({
    DATABASE_URL: shop.api.databaseUrl,
    TEMPORAL_ADDRESS: (await testTemporal()).address,
    HOLDFAST_RUNTIME_SOCKET: shop.runtime.socket,
    OTEL_EXPORTER_OTLP_ENDPOINT: workersTo,
    ...headers,
  })
  await shop.declare({
    target: { kind: 'local', command: [process.execPath, 'server.mjs'], drain: '1s', grace: '1s' },
    strategy: { kind: 'canary', steps: [{ weight: 10, bake: { min: '1s', max: '2m' } }], scaleDownDelay: '0s' },
    analysis: { warmUp: '0s', look: '200ms' },
    ...environment,
  })
  const release = () => shop.api.ask('GET', `/v1/releases/${shop.id(1)}`)
  return {
    shop,
    workers,
    shows: (member, value) => until(`${member} ${value}`, async () => (await release()).member(member) === value, 40_000),
    async [Symbol.asyncDispose]() {
      await workers[Symbol.asyncDispose]()
      await shop[Symbol.asyncDispose]()
    },
  }
}

export interface Line {
  readonly level: number
  readonly msg: string
  readonly requestId?: string
  readonly trace_id?: string
  readonly span_id?: string
}

export const linesOf = (output: string): Line[] =>
  output
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line)
