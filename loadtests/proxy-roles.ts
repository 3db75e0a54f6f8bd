/**
 * The processes of the proxy's benchmark. `fork` starts each with its role, so the measured process shares no event loop with the
 * measuring one.
 */
import { Agent, createServer, request as httpRequest } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createProxy } from '../local-runtime/proxy/proxy.ts'
import { closedLoop, openLoop } from '../cli/traffic/load.ts'
import type { Answer } from '../cli/traffic/load.ts'

export type Role = 'backend' | 'bare' | 'holdfast' | 'load'

/** The task of a load process, which answers with a report. */
export interface Task {
  readonly url: string
  readonly forMs: number
  readonly warmUpMs: number
  readonly connections?: number
  readonly rps?: number
}

const body = JSON.stringify({ message: 'x'.repeat(180) })

const listen = (listener: RequestListener): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer(listener).listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })

const roles: Record<Role, (backendPort: number) => Promise<number>> = {
  backend: () =>
    listen((_, response) => response.writeHead(200, { 'content-type': 'application/json', 'x-version': '1.0.0' }).end(body)),

  // The simplest proxy: the same server and client, without any checks.
  bare(port) {
    const agent = new Agent({ keepAlive: true })
    return listen((request, response) => {
      const { method, url: path, headers } = request
      const upstream = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      })
      upstream.on('error', () => response.destroy())
      request.pipe(upstream)
    })
  },

  async holdfast(port) {
    const ref = { service: 'shop', environment: 'bench' }
    const proxy = await createProxy({
      ...{ ref, port: 0, timeoutMs: 15_000, sticky: 'none' },
      ...{ edgesMs: [100, 500], directSecret: 'bench' },
    })
    proxy.setTable({
      generation: 1,
      closeStreams: [],
      routes: [
        { revision: 'a', version: '1.0.0', weight: 90, backends: [{ replica: 'a-1', port }] },
        { revision: 'b', version: '1.1.0', weight: 10, backends: [{ replica: 'b-1', port }] },
      ],
    })
    // As in service: an analysis reads the counters every second.
    setInterval(() => proxy.counters(Date.now()), 1_000).unref()
    return proxy.port
  },

  async load() {
    process.on('message', (task: Task) => {
      void load(task).then((report) => process.send?.({ ...report, failed: [], reasons: reasonsOf(report.failed) }))
    })
    return 0
  },
}

const reasonsOf = (failed: readonly Answer[]): Record<string, number> => {
  const reasons: Record<string, number> = {}
  for (const { failure = 'unknown' } of failed) reasons[failure] = (reasons[failure] ?? 0) + 1
  return reasons
}

const load = ({ rps, connections = 64, ...rest }: Task) =>
  rps === undefined ? closedLoop({ ...rest, connections }) : openLoop({ ...rest, rps })

const [role, backendPort = '0'] = process.argv.slice(2)
if (role !== undefined && Object.hasOwn(roles, role)) {
  process.send?.({ port: await roles[role as Role](Number(backendPort)) })
  if (role !== 'load') process.on('message', () => process.send?.(process.cpuUsage()))
  process.on('disconnect', () => process.exit())
}
