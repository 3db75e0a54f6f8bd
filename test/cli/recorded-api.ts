/** A real HTTP server with recorded answers of the API, for tests of exit codes and rendering. The API has its own tests. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compiledCode } from '../../adapters/process/inherited.ts'
import type { AnalysisStatus } from '../../schema/evidence.ts'
import type { EventData, EventKind } from '../../domain/events/event.ts'

const none = { bad: 0, total: 0 }
export const analysis = {
  standing: 'looking',
  canary: { bad: 7, total: 131 },
  stable: { bad: 6, total: 1204 },
  logE: 2.5,
  logLimit: 4.8,
  evidence: {
    look: 12,
    atMs: null,
    weightPercent: 10,
    alpha: 0.01,
    logE: 2.5,
    limit: 4.8,
    guardrail: {
      canary: 0.4,
      stable: 0,
      limit: 6.5,
      maxErrorRate: 0.05,
      byClients: false,
      canaryErrors: none,
      stableErrors: none,
    },
    requests: { canary: none, stable: none },
    split: null,
    channels: [],
    blindSinceMs: null,
    cautions: [],
  },
} satisfies AnalysisStatus

export const release = (more: object = {}): Record<string, unknown> => ({
  kind: 'release',
  id: 'shop-3',
  service: 'shop',
  version: '1.2.0',
  state: 'progressing',
  phase: 'baking',
  environment: 'production',
  weightPercent: 10,
  move: 0,
  moves: [{ weight: 10, gate: null, bake: { minMs: 5_000, maxMs: 60_000 } }],
  stable: { version: '1.1.0', revision: 'aaaa' },
  canary: { version: '1.2.0', revision: 'bbbb' },
  reason: null,
  waitsFor: null,
  legalRequests: ['pause', 'promote', 'promote-fully', 'extend', 'abort'],
  reached: [],
  environments: ['production'],
  outcome: null,
  analysis,
  requestedBy: { kind: 'person', id: 'kim' },
  note: null,
  retryOf: null,
  createdAt: '2026-01-02T03:04:05.000Z',
  startedAt: '2026-01-02T03:04:05.000Z',
  endedAt: null,
  phaseSince: '2026-01-02T03:04:15.000Z',
  stuck: false,
  planDigest: 'sha256:1',
  links: { self: '/v1/releases/shop-3', events: '/v1/releases/shop-3/events', temporal: null, console: null },
  ...more,
})

/** The data of the event that accepts a release of 1.2.0. */
export const accepted: EventData<'release-accepted'> = {
  version: '1.2.0',
  artifact: 'sha256:2',
  planDigest: 'sha256:1',
  environments: ['production'],
  retryOf: null,
  note: null,
  isAgain: false,
  twin: null,
}

/** @param environment of the event; absent for an event of the whole release */
export const event = <Kind extends EventKind>(seq: number, kind: Kind, data: EventData<Kind>, environment?: string) => ({
  subjectKind: 'release',
  subject: 'shop-3',
  seq,
  kind,
  at: '2026-01-02T03:04:05.000Z',
  actor: { kind: 'system', id: 'rollout' },
  where:
    environment === undefined ? null : { environment, workflowId: `rollout/shop/${environment}/shop-3`, token: 1, step: seq },
  data,
})

export type Answers = (request: IncomingMessage & { readonly text: string }, response: ServerResponse) => void

/** A release by path first asks for a description of the artifact. */
const always: Readonly<Record<string, Answers | object>> = {
  'POST /v1/artifacts/inspect': {
    files: 2,
    sizeBytes: 1_000,
    leftOut: [],
    leftOutCount: 0,
    gitIgnored: { files: 0, sizeBytes: 0 },
  },
}

/** Answers by `METHOD /path`; 404 otherwise. */
export async function startApi(routes: Readonly<Record<string, Answers | object>>) {
  const seen: { method: string; url: string; text: string; headers: IncomingMessage['headers'] }[] = []
  const answered = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    const { method = '', url = '', headers } = request
    seen.push({ method, url, text, headers })
    const answer = { ...always, ...routes }[`${method} ${url.split('?')[0]}`]
    if (typeof answer === 'function') answer(Object.assign(request, { text }), response)
    else if (answer) response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    else problem(response, 404, 'not-found', `there is no ${url}`)
  }
  const server = createServer((request, response) => void answered(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { url, seen, [Symbol.asyncDispose]: close }
}

export const problem = (response: ServerResponse, status: number, code: string, detail: string, more: object = {}): void => {
  response.writeHead(status, { 'content-type': 'application/problem+json' })
  response.end(JSON.stringify({ type: `/docs/problems#${code}`, code, status, detail, ...more }))
}

/** A stream of these events. It ends after them, or breaks off if they are not all. Without a request for a stream it answers a page. */
export const events =
  (all: readonly { readonly seq: number; readonly kind: string }[], isAll = true): Answers =>
  (request, response) => {
    if (!request.headers.accept?.includes('event-stream')) {
      response.end(JSON.stringify({ items: all, nextCursor: null }))
      return
    }
    const after = Number(request.headers['last-event-id'] ?? 0)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const one of all)
      if (one.seq > after) response.write(`id: ${one.seq}\nevent: ${one.kind}\ndata: ${JSON.stringify(one)}\n\n`)
    response.end(isAll ? 'event: end\ndata: {}\n\n' : ': gone\n\n')
  }

export interface Ran {
  readonly exit: number | null
  readonly out: string
  readonly err: string
}

const main = join(import.meta.dirname, '../../cli/main.ts')

/** Runs the real command line in a clean environment. */
export async function run(
  argv: readonly string[],
  {
    env = {},
    input = '',
    cwd,
    onOut,
  }: { env?: object; input?: string; cwd?: string; onOut?: (out: string, pid: number) => void } = {},
): Promise<Ran> {
  const home = await mkdtemp(join(tmpdir(), 'holdfast-cli-'))
  const child = spawn(process.execPath, [main, ...argv], {
    env: { PATH: process.env.PATH, ...compiledCode(), HOME: home, HOLDFAST_TOKEN: 'holdfast_test_key', ...env },
    ...(cwd ? { cwd } : {}),
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
    onOut?.(out, child.pid ?? 0)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  child.stdin.end(input)
  const [exit] = (await once(child, 'close')) as [number | null]
  return { exit, out, err }
}
