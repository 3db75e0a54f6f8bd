/**
 * A slow router, as real routers are. In front of a runtime's control socket, it accepts weights at once and puts them into effect `lagMs`
 * later. It forwards everything else to the runtime unchanged.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { z } from 'zod'
import type { RuntimeClient } from '../../adapters/local-runtime/client.ts'
import { createRuntimeClient } from '../../adapters/local-runtime/client.ts'
import { pathOf, protocolHeader, runtimeProtocol, WeightsBody } from '../../adapters/local-runtime/protocol.ts'
import type { TrafficState, Weights } from '../../adapters/traffic/traffic.ts'
import type { EnvironmentRef } from '../../domain/identity.ts'
import { environmentKey } from '../../domain/identity.ts'
import { isProblem } from '../../domain/problem.ts'
import { sameWeights } from '../../local-runtime/weights.ts'

export interface LaggingRouter extends AsyncDisposable {
  readonly socket: string
  /** The delay of further weights. Infinity: they never take effect. */
  lagMs: number
  /** The weights that took effect, and when (epoch). */
  readonly effects: readonly { readonly weights: Weights; readonly atMs: number }[]
  /** Sets the runtime's control socket. Call it before the first request. */
  standBefore(runtimeSocket: string): void
}

interface DesiredWeights {
  readonly weights: Weights
  readonly timer: NodeJS.Timeout | undefined
}

/** The weights of all environments behind it. */
class Lag {
  lagMs = 0
  client: RuntimeClient = createRuntimeClient('')
  readonly effects: { weights: Weights; atMs: number }[] = []
  readonly #desired = new Map<string, DesiredWeights>()

  async traffic(ref: EnvironmentRef): Promise<TrafficState> {
    const now = await this.client.traffic(ref)
    return { ...now, desired: this.#desired.get(environmentKey(ref))?.weights ?? now.desired }
  }

  async setWeights(change: z.output<typeof WeightsBody>): Promise<TrafficState> {
    const now = await this.traffic(change.ref)
    // A repeat: the change is in progress, or done.
    if (sameWeights(now.desired, change.weights)) return now
    const key = environmentKey(change.ref)
    clearTimeout(this.#desired.get(key)?.timer)
    const timer = this.lagMs === Infinity ? undefined : setTimeout(() => void this.#takeEffect(change), this.lagMs)
    this.#desired.set(key, { weights: change.weights, timer })
    return { ...now, desired: change.weights }
  }

  async #takeEffect({ ref, weights, fencingToken, closeStreams }: z.output<typeof WeightsBody>): Promise<void> {
    await this.client.setWeights(ref, weights, fencingToken, closeStreams)
    this.effects.push({ weights, atMs: Date.now() })
    this.#desired.delete(environmentKey(ref))
  }

  async close(): Promise<void> {
    for (const { timer } of this.#desired.values()) clearTimeout(timer)
    await this.client.close()
  }
}

export async function startLaggingRouter(): Promise<LaggingRouter> {
  const folder = mkdtempSync(join(tmpdir(), 'hf-lag-'))
  const socket = join(folder, 's')
  const lag = new Lag()
  let behind = ''
  const server = createServer((request, response) => {
    answer(lag, behind, request, response).catch((error: unknown) => {
      if (!isProblem(error)) return response.destroy()
      const { code, message } = error
      response.writeHead(409, { 'content-type': 'application/problem+json' }).end(JSON.stringify({ code, detail: message }))
    })
  })
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  return {
    socket,
    set lagMs(lagMs: number) {
      lag.lagMs = lagMs
    },
    get lagMs() {
      return lag.lagMs
    },
    effects: lag.effects,
    standBefore(runtimeSocket) {
      behind = runtimeSocket
      lag.client = createRuntimeClient(runtimeSocket)
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await lag.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function answer(lag: Lag, behind: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://router')
  response.setHeader(protocolHeader, runtimeProtocol)
  if (url.pathname === pathOf('/traffic')) {
    const [service = '', environment = ''] = (url.searchParams.get('ref') ?? '').split('/')
    response.end(JSON.stringify(await lag.traffic({ service, environment })))
  } else if (url.pathname === pathOf('/weights')) {
    const body: Buffer[] = []
    for await (const part of request) body.push(part as Buffer)
    const change = WeightsBody.parse(JSON.parse(Buffer.concat(body).toString()))
    response.end(JSON.stringify(await lag.setWeights(change)))
  } else pass(behind, request, response)
}

function pass(socketPath: string, request: IncomingMessage, response: ServerResponse): void {
  const { method, url: path, headers } = request
  const passed = httpRequest({ socketPath, method, path, headers }, (got) => {
    response.writeHead(got.statusCode ?? 502, got.headers)
    got.pipe(response)
  })
  passed.on('error', () => response.destroy())
  request.pipe(passed)
}
