/**
 * Fuzzes the proxy over real sockets. Hostile clients talk to a sound backend, whose version must get no error from them, and to a hostile
 * backend. Another service beside them must notice nothing. Case N of a seed is the same each time.
 */
import { createServer as createHttpServer, request as httpRequest } from 'node:http'
import type { Server } from 'node:http'
import { createConnection, createServer } from 'node:net'
import type { AddressInfo, Server as NetServer, Socket } from 'node:net'
import { createProxy } from '../local-runtime/proxy/proxy.ts'
import type { Proxy } from '../local-runtime/proxy/proxy.ts'
import { backendWords, clientWords, manner, seeded } from './fuzz-words.ts'
import type { Draw } from './fuzz-words.ts'

export interface FuzzReport {
  readonly cases: number
  /** Requests to the other service, and those without a good answer. */
  readonly others: number
  readonly othersFailed: number
  /** The violations, each a sentence with its figures. Empty when all guarantees hold. */
  readonly broken: readonly string[]
  readonly drawn: number
  readonly errorsByHostileBackend: number
  readonly refused: number
}

export interface FuzzOptions {
  readonly seed: number
  readonly cases: number
  /** Ends the run early when the cases take longer. */
  readonly withinMs: number
}

const concurrency = 96
/** Time to wait for the first bytes. After them, the client leaves a connection that is quiet for `quietMs`. */
const patienceMs = 700
const quietMs = 40
const proxyTimeoutMs = 60

export async function fuzz({ seed, cases, withinMs }: FuzzOptions): Promise<FuzzReport> {
  const broken: string[] = []
  const caught = (error: unknown) => void broken.push(`unhandled: ${error instanceof Error ? error.stack : String(error)}`)
  process.on('uncaughtException', caught)
  await using sound = await stand('sound', soundBackend(), broken)
  await using hostile = await stand('hostile', hostileBackend(seed), broken)
  await using other = await stand('other', soundBackend(), broken)
  let [next, others, othersFailed] = [0, 0, 0]
  const failures: Record<string, number> = {}
  const until = performance.now() + withinMs
  const work = async () => {
    while (next < cases && performance.now() < until) {
      const number = next++
      const draw = seeded(seed * 1_000_003 + number)
      await client(number % 2 === 0 ? sound.proxy : hostile.proxy, draw, `/c${number}`)
      if (number % 16 !== 0) continue
      others++
      const failure = await failureOf(other.proxy)
      if (failure === null) continue
      othersFailed++
      failures[failure] = (failures[failure] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  for (const each of [sound, hostile, other]) await settled(each.proxy)
  if (othersFailed > 0)
    broken.push(`${othersFailed} of ${others} requests of another service failed: ${JSON.stringify(failures)}`)
  for (const each of [sound, hostile, other]) broken.push(...imbalances(each.name, each.proxy))
  const [good] = sound.proxy.counters(Date.now())
  if (good && good.errors > 0) broken.push(`clients cost a sound version ${good.errors} errors of ${good.requests}`)
  process.off('uncaughtException', caught)
  const books = [sound, hostile].map(({ proxy }) => proxy.ledger())
  return {
    ...{ cases: next, others, othersFailed, broken },
    drawn: books.reduce((sum, { drawn }) => sum + drawn, 0),
    errorsByHostileBackend: hostile.proxy.counters(Date.now())[0]?.errors ?? 0,
    refused: books.flatMap(({ refused }) => Object.values(refused)).reduce((sum, count) => sum + count, 0),
  }
}

/** Every drawn request has ended, every request with an outcome was counted, and no guard caught a fault. */
function imbalances(name: string, proxy: Proxy): string[] {
  const { drawn, ended, faults } = proxy.ledger()
  const samples = proxy.counters(Date.now())
  const requests = samples.reduce((sum, sample) => sum + sample.requests, 0)
  const outcomes = ended.answered + ended.failed + ended['timed-out']
  const found: string[] = []
  if (drawn !== outcomes + ended.abandoned) found.push(`${name}: ${drawn} drawn, ${JSON.stringify(ended)} ended`)
  if (requests !== outcomes) found.push(`${name}: ${requests} counted, ${outcomes} had an outcome`)
  for (const { errors, requests: all, inFlight } of samples)
    if (errors > all || inFlight !== 0) found.push(`${name}: ${errors} errors of ${all} requests, ${inFlight} that never end`)
  for (const [kind, count] of Object.entries(faults)) if (count > 0) found.push(`${name}: ${count} faults in what a ${kind} sent`)
  return found
}

/** Waits until the proxy has ended everything that the clients left behind. */
async function settled(proxy: Proxy): Promise<void> {
  const until = performance.now() + 5_000
  while (proxy.inFlight('a') > 0 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 5))
}

interface Stand extends AsyncDisposable {
  readonly name: string
  readonly proxy: Proxy
}

async function stand(name: string, server: Server | NetServer, broken: string[]): Promise<Stand> {
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 1_024 }, resolve))
  const { port } = server.address() as AddressInfo
  const proxy = await createProxy({
    ...{ ref: { service: name, environment: 'fuzz' }, port: 0, edgesMs: [100], directSecret: 'fuzz' },
    ...{ timeoutMs: name === 'hostile' ? proxyTimeoutMs : 60_000, sticky: 'cookie' },
    warn: (message) => void broken.push(`${name}: ${message}`),
  })
  proxy.setTable({
    ...{ generation: 1, closeStreams: [] },
    routes: [{ revision: 'a', version: '1', weight: 100, backends: [{ replica: 'r', port }] }],
  })
  return {
    name,
    proxy,
    async [Symbol.asyncDispose]() {
      await proxy.close()
      if ('closeAllConnections' in server) server.closeAllConnections()
      server.close()
    },
  }
}

/** Node's own server, which accepts every upgrade. */
function soundBackend(): Server {
  const server = createHttpServer({ keepAliveTimeout: 60_000, maxHeaderSize: 256 * 1024 }, (request, response) => {
    request.resume().on('end', () => response.end('ok'))
  })
  server.on('upgrade', ({ headers }, socket) => {
    socket.on('error', () => {})
    const [protocol = ''] = headers.upgrade?.split(',') ?? []
    socket.end(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\nbytes`)
  })
  return server
}

/** Answers with what the request's path draws. */
function hostileBackend(seed: number): NetServer {
  return createServer((socket) => {
    let text = ''
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk
      if (!text.includes('\r\n\r\n')) return
      const [, number = '0', message = '0'] = /\/c(\d+)-(\d+)/.exec(text) ?? []
      text = ''
      const { words, last } = backendWords(seeded(seed * 7_919 + Number(number) * 8 + Number(message)))
      socket.write(words, 'latin1')
      if (last === 'end') socket.end()
      else if (last === 'reset') socket.resetAndDestroy()
    })
    socket.on('error', () => {})
  })
}

/** One connection of a client, from start to end. */
function client(proxy: Proxy, draw: Draw, path: string): Promise<void> {
  const words = clientWords(draw, path)
  const { pieces, last } = manner(draw)
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port: proxy.port }, () => say(socket, words, pieces, last))
    let patience = setTimeout(() => socket.destroy(), patienceMs)
    socket.on('data', () => {
      if (last === 'leave') return void socket.destroy()
      clearTimeout(patience)
      patience = setTimeout(() => socket.destroy(), quietMs)
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(patience)
      resolve()
    })
  })
}

function say(socket: Socket, words: string, pieces: number, last: ReturnType<typeof manner>['last']): void {
  const size = Math.ceil(words.length / pieces)
  const rest = (from: number): void => {
    if (from < words.length)
      return void socket.write(words.slice(from, from + size), 'latin1', () => setImmediate(rest, from + size))
    if (last === 'end') socket.end()
    else if (last === 'reset') socket.resetAndDestroy()
  }
  rest(0)
}

/** Null after a good answer. A system error code means that this side could not send the request. */
function failureOf(proxy: Proxy): Promise<string | null> {
  return new Promise((resolve) => {
    const asked = httpRequest({ host: '127.0.0.1', port: proxy.port, agent: false }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode === 200 ? null : `status ${answer.statusCode}`))
    })
    asked.on('error', ({ code, message }: NodeJS.ErrnoException) => resolve(code ?? message)).end()
  })
}
