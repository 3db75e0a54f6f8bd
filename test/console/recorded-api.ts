/**
 * The built console behind a real HTTP server with recorded answers, with the API's own content security policy, for pages that are hard
 * to reach live.
 */
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { buildConsole } from '../../ops/console-build.ts'

const dist = join(import.meta.dirname, '../../console/dist')
const types: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }
const policy =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'none'; base-uri 'none'"

export interface Sent {
  readonly path: string
  readonly key: string
  readonly body: unknown
}

export interface Recorded {
  readonly status?: number
  readonly body: unknown
  /** Sent as a stream that ends, instead of as JSON. */
  readonly isStream?: boolean
  readonly headers?: Readonly<Record<string, string>>
}

export interface RecordedApi extends AsyncDisposable {
  readonly url: string
  /** The requested addresses, in order, with their queries. */
  readonly asked: readonly string[]
  /** The posted requests, in order. */
  readonly sent: readonly Sent[]
  /** `null`: the connection breaks without an answer. */
  answer(request: string, recorded: Recorded | null): void
  /** Replaces all answers. */
  answerOnly(answers: Readonly<Record<string, Recorded | null>>): void
}

/** `answers` by method and path, such as `GET /v1/services`; an answer with a query takes precedence over one without. */
export async function startRecordedApi(answers: Readonly<Record<string, Recorded | null>>): Promise<RecordedApi> {
  await buildConsole()
  const known = new Map(Object.entries(answers))
  const asked: string[] = []
  const sent: Sent[] = []
  const server = createServer((request, response) => void respond(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    sent,
    answer: (request, recorded) => known.set(request, recorded),
    answerOnly(all) {
      known.clear()
      for (const [request, recorded] of Object.entries(all)) known.set(request, recorded)
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    asked.push(request.url ?? '/')
    const path = (request.url ?? '/').replace(/\?.*/, '')
    if (request.method === 'POST')
      sent.push({ path, key: String(request.headers['idempotency-key']), body: JSON.parse(await textOf(request)) as unknown })
    if (!path.startsWith('/v1/')) return sendPage(response, path)
    const exact = `${request.method} ${request.url}`
    const recorded = known.has(exact) ? known.get(exact) : known.get(`${request.method} ${path}`)
    if (recorded === null) return void request.socket.destroy()
    if (!recorded) return sendJson(response, 404, { title: 'not found', detail: `nothing is recorded for ${path}` })
    if (!recorded.isStream) return sendJson(response, recorded.status ?? 200, recorded.body, recorded.headers)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(streamOf(recorded.body as readonly { readonly seq: number }[]))
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}

const streamOf = (events: readonly { readonly seq: number }[]): string =>
  `${events.map((event) => `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`).join('')}event: end\ndata: {}\n\n`

function sendJson(response: ServerResponse, status: number, body: unknown, headers: Recorded['headers'] = {}): void {
  response.writeHead(status, {
    ...headers,
    'content-type': status < 400 ? 'application/json' : 'application/problem+json',
  })
  response.end(JSON.stringify(body))
}

function sendPage(response: ServerResponse, path: string): void {
  const name = path === '/' ? '/index.html' : path
  response.writeHead(200, { 'content-type': types[extname(name)] ?? 'text/plain', 'content-security-policy': policy })
  response.end(readFileSync(join(dist, name)))
}
