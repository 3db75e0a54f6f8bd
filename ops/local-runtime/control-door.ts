/** The control door: HTTP over a Unix socket that only we may open. Everything is parsed; failures are problems. */
import { chmodSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import { z } from 'zod'
import * as wire from '../../adapters/local-runtime/protocol.ts'
import { Problem, problemRow } from '../../domain/problem.ts'
import type { LocalRuntime } from './runtime.ts'
import { smoke } from './smoke.ts'

type Handler = (query: URLSearchParams, body: unknown) => Promise<unknown>

/** Under the 5 s of an act, so that a removal that takes longer answers and is asked again. */
const removalPatienceMs = 3_000
const maxBodyBytes = 1 << 20

export async function openControlDoor(runtime: LocalRuntime, socket: string, metricsUrl: string): Promise<Server> {
  const handlers = handlersOf(runtime, metricsUrl)
  const server = createServer((request, response) => {
    void answerOf(handlers, request).then(([status, value]) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value)),
    )
  })
  rmSync(socket, { force: true })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socket, resolve))
  chmodSync(socket, 0o600)
  return server
}

async function answerOf(
  handlers: Readonly<Record<string, Handler>>,
  request: IncomingMessage,
): Promise<readonly [status: number, value: unknown]> {
  try {
    const url = new URL(request.url ?? '/', 'http://runtime')
    const handler = handlers[`${request.method} ${url.pathname}`]
    if (!handler) throw new Problem('not-found', `there is no ${request.method} ${url.pathname}`)
    return [200, await handler(url.searchParams, request.method === 'POST' ? await bodyOf(request) : undefined)]
  } catch (error) {
    const problem = problemOf(error)
    return [problemRow(problem.code).status, { code: problem.code, detail: problem.message, hint: problem.hint }]
  }
}

function handlersOf(runtime: LocalRuntime, metricsUrl: string): Readonly<Record<string, Handler>> {
  const at = (query: URLSearchParams) => runtime.existing(query.get('place') ?? '')
  return {
    'POST /open': async (_, body) => {
      const { place, router } = wire.OpenBody.parse(body)
      return (await runtime.placeAt(place)).open(router)
    },
    'POST /run': async (_, body) => {
      const { place, spec, replicas, fence } = wire.RunBody.parse(body)
      const running = await runtime.placeAt(place)
      await running.run(spec, replicas, fence)
      return running.status()
    },
    'POST /remove': async (_, body) => {
      const { place, revision, fence } = wire.RemoveBody.parse(body)
      const running = await runtime.placeAt(place)
      await running.remove(revision, fence, removalPatienceMs)
      return running.status()
    },
    'POST /weights': async (_, body) => {
      const { place, weights, ifGeneration, fence, closeStreams } = wire.WeightsBody.parse(body)
      return { generation: (await runtime.placeAt(place)).setWeights(weights, ifGeneration, fence, closeStreams) }
    },
    'POST /smoke': async (_, body) => {
      const { place, revision, test } = wire.SmokeBody.parse(body)
      return smoke(await runtime.placeAt(place), revision, test)
    },
    'POST /artifacts': async (_, body) => runtime.store.importPath(wire.ImportBody.parse(body).path),
    'GET /artifacts': async (query) => ({ present: (await runtime.store.folderOf(query.get('digest') ?? '')) !== undefined }),
    'GET /traffic': async (query) => at(query).traffic(),
    'GET /status': async (query) => runtime.places.get(query.get('place') ?? '')?.status() ?? [],
    'GET /history': async (query) => at(query).proxy?.history(query.get('revision') ?? '', Number(query.get('since') ?? 0)) ?? [],
    'GET /effects': async (query) => runtime.effects(query.get('place') ?? ''),
    'GET /logs': async (query) => at(query).output(query.get('version'), Math.min(5_000, Number(query.get('lines') ?? 200))),
    'GET /info': async () => ({ metricsUrl, lastOutageMs: runtime.lastOutageMs() }),
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += (chunk as Buffer).length
    if (size > maxBodyBytes) throw new Problem('body-too-large', `more than ${maxBodyBytes} bytes`)
    chunks.push(chunk as Buffer)
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof z.ZodError) return new Problem('invalid-input', z.prettifyError(error))
  return new Problem('internal', error instanceof Error ? error.message : String(error))
}
