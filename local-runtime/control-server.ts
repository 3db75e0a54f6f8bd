/**
 * The control server: HTTP over a Unix socket that only the runtime's user may open. It parses everything and answers failures as problems.
 */
import { chmodSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import * as wire from '../adapters/local-runtime/protocol.ts'
import { drainOf } from '../adapters/server-drain.ts'
import { environmentKey } from '../domain/identity.ts'
import { Problem, problemRow } from '../domain/problem.ts'
import { createLentCopies } from './lent-copies.ts'
import type { LocalRuntime } from './runtime.ts'
import { heldPorts } from './routing.ts'
import { smoke } from './smoke.ts'

type Handler = (query: URLSearchParams, body: unknown, signal: AbortSignal) => Promise<unknown>
type Handlers = Readonly<Record<string, Handler>>

const Lines = z.coerce.number().int().min(1).max(5_000)
const Since = z.coerce.number().min(0)
const Edges = z
  .string()
  .transform((text) => (text === '' ? [] : text.split(',').map(Number)))
  .pipe(z.array(z.number().positive()).max(100))

/** Below the 5 s of an activity's attempt, so that a longer removal answers in time and the activity asks again. */
const removalPatienceMs = 3_000
const leaveMs = removalPatienceMs + 500
const maxBodyBytes = 1 << 20
/** Linux allows 108 bytes, with the zero at the end. */
const longestSocketPath = 107

export interface ControlServer {
  /** Accepts no more requests and answers those it has accepted, so that no request starts a process that would be left running. */
  close(): Promise<void>
}

/** The address of the counters, and the mark by which a reader knows that they are this runtime's. */
export type About = Pick<z.output<typeof wire.InfoAnswer>, 'metricsUrl' | 'instance'>

/** @throws Problem invalid-config for a path that no Unix socket can have */
export async function openControlServer(runtime: LocalRuntime, socket: string, about: About): Promise<ControlServer> {
  if (Buffer.byteLength(socket) > longestSocketPath)
    throw new Problem('invalid-config', `the socket's path is longer than ${longestSocketPath} bytes: ${socket}`)
  const handlers = onTheWire(handlersOf(runtime, about))
  const server = createServer((request, response) => void answer(handlers, request, response))
  const drain = drainOf(server)
  rmSync(socket, { force: true })
  // The socket exists before its mode can be set. The umask keeps others out from its first moment.
  const before = process.umask(0o077)
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socket, resolve))
  } finally {
    process.umask(before)
  }
  chmodSync(socket, 0o600)
  return { close: () => drain(leaveMs) }
}

async function answer(handlers: Handlers, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const send = (status: number, type: string, value: unknown) =>
    response.writeHead(status, { 'content-type': type, [wire.protocolHeader]: wire.runtimeProtocol }).end(JSON.stringify(value))
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  try {
    const url = new URL(request.url ?? '/', 'http://runtime')
    const handler = handlers[`${request.method} ${url.pathname}`]
    if (!handler) throw new Problem('not-found', `there is no ${request.method} ${url.pathname}`)
    const body = request.method === 'POST' ? await bodyOf(request) : undefined
    send(200, 'application/json', await handler(url.searchParams, body, gone.signal))
  } catch (error) {
    const { code, message, hint } = problemOf(error)
    const { status, title } = problemRow(code)
    send(status, 'application/problem+json', { title, status, code, detail: message, hint })
    // The rest of a refused body is not read.
    if (!request.complete) response.once('finish', () => request.destroy())
  }
}

function handlersOf(runtime: LocalRuntime, about: About): Handlers {
  const lent = createLentCopies(runtime.store, runtime.users)
  const at = (query: URLSearchParams) => runtime.existing(query.get('ref') ?? '')
  return {
    'POST /open': async (_, body) => {
      const { ref, router, next, fencingToken } = wire.OpenBody.parse(body)
      return (await runtime.environmentAt(ref)).open(router, fencingToken, next)
    },
    'POST /run': async (_, body) => {
      const { ref, spec, replicas, fencingToken } = wire.RunBody.parse(body)
      return (await runtime.environmentAt(ref)).run(spec, replicas, fencingToken)
    },
    'POST /remove': async (_, body) => {
      const { ref, revision, fencingToken } = wire.RemoveBody.parse(body)
      const running = await runtime.environmentAt(ref)
      await running.remove(revision, fencingToken, removalPatienceMs)
      return running.status()
    },
    'POST /close': async (_, body) => {
      const { ref, fencingToken } = wire.CloseBody.parse(body)
      await runtime.environments.get(environmentKey(ref))?.close(fencingToken)
      return {}
    },
    'POST /weights': async (_, body) => {
      const { ref, weights, fencingToken, ...more } = wire.WeightsBody.parse(body)
      return (await runtime.environmentAt(ref)).setWeights(weights, fencingToken, more)
    },
    'POST /smoke': async (_, body) => {
      const { ref, revision, test } = wire.SmokeBody.parse(body)
      const running = await runtime.environmentAt(ref)
      return smoke(running, revision, test, runtime.store, () => runtime.users.of(ref))
    },
    'POST /secrets': async (_, body) => {
      const { ref, names } = wire.SecretsBody.parse(body)
      return runtime.secrets.digests(ref, names)
    },
    'POST /artifacts': async (_, body, signal) => {
      const { path, what } = wire.ImportBody.parse(body)
      if (what === 'inspect') return { digest: '', contents: await runtime.store.inspect(path, signal) }
      return what === 'digest' ? runtime.store.digestOf(path, signal) : runtime.store.importPath(path, signal)
    },
    'POST /working-copies': async (_, body) => {
      const { ref, artifact, forMs } = wire.LendBody.parse(body)
      return lent.lend(ref, artifact, forMs)
    },
    'POST /working-copies/return': async (_, body) => {
      await lent.giveBack(wire.ReturnBody.parse(body).id)
      return {}
    },
    'POST /artifacts/prune': async (_, body) => {
      const { keep, ...limits } = wire.PruneBody.parse(body)
      const here = [...runtime.environments.values()].flatMap(({ state }) => Object.values(state.revisions))
      return { removed: await runtime.store.prune([...keep, ...here.map(({ artifact }) => artifact)], limits) }
    },
    'GET /artifacts': async (query) => ({ present: await runtime.store.has(query.get('digest') ?? '') }),
    'GET /ports': async () => ({
      given: runtime.givenPorts,
      held: Object.fromEntries([...runtime.environments].map(([key, { state }]) => [key, heldPorts(state)])),
    }),
    'GET /traffic': async (query) => at(query).traffic(),
    'GET /status': async (query) => runtime.environments.get(query.get('ref') ?? '')?.status() ?? [],
    'GET /history': async (query) =>
      at(query).proxy?.history(
        query.get('revision') ?? '',
        Since.parse(query.get('since') ?? 0),
        Edges.parse(query.get('edges') ?? ''),
      ) ?? [],
    'GET /effects': async (query) => runtime.effects(query.get('ref') ?? ''),
    'GET /logs': async (query) => at(query).output(query.get('version'), Lines.parse(query.get('lines') ?? 200)),
    [`GET ${wire.infoPath}`]: async () => ({
      ...about,
      protocol: wire.runtimeProtocol,
      services: [...runtime.environments.values()].filter(({ state }) => Object.keys(state.revisions).length > 0).length,
      lastOutageMs: runtime.lastOutageMs(),
      setAside: runtime.setAside(),
    }),
  }
}

/** Every path but that of the info has the number of the protocol, so that nothing of another one is carried out. */
const onTheWire = (handlers: Handlers): Handlers =>
  Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => {
      const [method = '', path = ''] = name.split(' ')
      return [path === wire.infoPath ? name : `${method} ${wire.pathOf(path)}`, handler]
    }),
  )

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += (chunk as Buffer).length
    if (size > maxBodyBytes) throw new Problem('body-too-large', `more than ${maxBodyBytes} bytes`)
    chunks.push(chunk as Buffer)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown
  } catch (error) {
    throw new Problem('malformed-body', 'the body is not JSON', { cause: error })
  }
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof z.ZodError) return new Problem('invalid-input', z.prettifyError(error))
  if (isNoSpace(error))
    return new Problem('target-unavailable', `the local runtime cannot write: ${error.message}`, {
      hint: 'free space on the disk',
    })
  return new Problem('internal', error instanceof Error ? error.message : String(error))
}

/** The disk, a quota or a size limit is full. */
const isNoSpace = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String((error as NodeJS.ErrnoException).code))
