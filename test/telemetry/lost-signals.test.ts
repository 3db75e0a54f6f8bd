/**
 * A collector that is away, blocked or breaks off, for every signal and protocol. The process continues, logs it once, and ends in time.
 */
import type { Socket } from 'node:net'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { freePort } from '../../adapters/free-port.ts'
import { startApi } from '../stack/api.ts'
import { until } from '../stack/until.ts'
import { linesOf } from './traced-shop.ts'

interface Lost extends AsyncDisposable {
  readonly port: number
  /** The number of connections; null when none is possible. */
  readonly came: () => number | null
}

/** @param take handles a connection */
async function lost(take: (socket: Socket) => void): Promise<Lost> {
  const sockets = new Set<Socket>()
  let count = 0
  const server = createServer((socket) => {
    count += 1
    sockets.add(socket.on('error', () => {}))
    take(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    came: () => count,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

const collectors: Readonly<Record<string, () => Promise<Lost>>> = {
  'is not there': async () => ({ port: await freePort(), came: () => null, async [Symbol.asyncDispose]() {} }),
  'stands still': () => lost(() => {}),
  'breaks off': () => lost((socket) => socket.destroy()),
}

const said = ['log lines', 'metrics', 'traces'].map((signal) => `${signal} cannot be sent; this delays nothing else`)

/** The time that a process manager waits before it kills. */
const killedAfterMs = 10_000

describe('a collector', function () {
  this.timeout(90_000)

  for (const [what, open] of Object.entries(collectors))
    for (const protocol of ['http/protobuf', 'grpc'])
      it(`that ${what} costs one log line for each signal by ${protocol}, and nothing else`, async () => {
        await using collector = await open()
        await using api = await startApi({
          OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.port}`,
          OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
          ...{ OTEL_METRICS_EXPORTER: 'otlp', OTEL_LOGS_EXPORTER: 'otlp', LOG_LEVEL: 'info' },
          ...{ OTEL_EXPORTER_OTLP_TIMEOUT: '300', OTEL_METRIC_EXPORT_INTERVAL: '400', OTEL_METRIC_EXPORT_TIMEOUT: '400' },
          ...{ OTEL_BSP_SCHEDULE_DELAY: '200', OTEL_BLRP_SCHEDULE_DELAY: '200' },
        })
        const isTold = async () => {
          expect((await api.ask('GET', '/v1/services')).status).to.equal(200)
          return said.every((line) => api.output().includes(line))
        }
        await until('each signal to be told', isTold, 40_000)
        // Metrics are exported every 400 ms, and three further attempts log nothing. gRPC keeps an accepted
        // connection.
        const before = collector.came()
        const isSeen = before !== null && protocol !== 'grpc'
        const againMs = performance.now() + 3 * 400
        const isTriedAgain = async () =>
          (await isTold()) && performance.now() > againMs && (!isSeen || collector.came() !== before)
        await until('further attempts', isTriedAgain, 40_000)
        const beganMs = performance.now()
        await api.stop()
        expect(performance.now() - beganMs).to.be.below(killedAfterMs)
        expect(api.output()).to.include('"msg":"stopped"')
        const unusual = linesOf(api.output()).filter(({ level }) => level > 30)
        expect(unusual.map(({ msg }) => msg).toSorted((one, other) => one.localeCompare(other))).to.deep.equal(said)
      })
})
