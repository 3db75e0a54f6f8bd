/** Answers the API server, metrics-server and Prometheus. It only reads. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import https from 'node:https'
import { serverPair } from '../../stack/certificates.ts'
import { logFileOf } from './container-run.ts'
import { sendLog, stampedLog } from './logs.ts'
import type { PodWorker } from './pod-worker.ts'
import { resourceMetrics } from './resource-metrics.ts'
import { noUsage, readUsage } from './usage.ts'

export type Workers = () => readonly PodWorker[]

/** Resolves when the server listens. @throws Error when the port is taken */
export async function startServer(workers: Workers, host: string, port: number): Promise<https.Server> {
  const server = https.createServer(serverPair, (request, response) => {
    answer(workers, request, response).catch((error: unknown) => {
      if (!response.headersSent) response.statusCode = 500
      response.end(String(error))
    })
  })
  server.listen(port, host)
  await once(server, 'listening')
  return server
}

async function answer(workers: Workers, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://kubelet')
  const [, first, ...names] = url.pathname.split('/')
  if (request.method !== 'GET') return refuse(response, 405, 'this kubelet only reads')
  if (first === 'healthz') return void response.end('ok')
  if (url.pathname === '/metrics/resource') return void response.end(metricsOf(workers()))
  if (url.pathname === '/sd') {
    response.setHeader('content-type', 'application/json')
    return void response.end(JSON.stringify(targetsOf(workers())))
  }
  if (first === 'containerLogs') return sendLogs(workers(), names, url.searchParams, response)
  return refuse(response, 404, `this kubelet has no ${url.pathname}`)
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.statusCode = status
  response.end(message)
}

async function sendLogs(
  workers: readonly PodWorker[],
  names: readonly string[],
  query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  const [namespace, pod, container = ''] = names
  const worker = workers.find((each) => nameOf(each) === `${namespace}/${pod}`)
  const own = worker?.state().containers.find(({ spec }) => spec.name === container)
  if (!worker || !own) return refuse(response, 404, `there is no container ${names.join('/')} on this node`)
  const isUp = own.phase.kind === 'running'
  // The log is that of the last run that began, or with `--previous` of the one before.
  const run = worker.runs.get(container)
  const number = own.restarts - (query.get('previous') === 'true' ? 1 : 0)
  const file = logFileOf(worker.folder, container, number)
  const follow = query.get('follow') === 'true' && isUp ? run?.process.exited : undefined
  const limit = { tailLines: countOf(query.get('tailLines')), limitBytes: countOf(query.get('limitBytes')), follow }
  response.setHeader('content-type', 'text/plain')
  const isStamped = query.get('timestamps') === 'true' && follow === undefined
  const sent = isStamped
    ? stampedLog(file, limit.tailLines).then((text) => void response.end(text))
    : sendLog(file, limit, response)
  await sent.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    refuse(response, 400, `container "${container}" in pod "${pod}" has no such log`)
  })
}

const countOf = (text: string | null): number | undefined => (text !== null && /^\d{1,9}$/.test(text) ? Number(text) : undefined)

const nameOf = (worker: PodWorker): string => {
  const { namespace, name } = worker.state().pod.metadata ?? {}
  return `${namespace}/${name}`
}

function metricsOf(workers: readonly PodWorker[]): string {
  const running = workers.flatMap((worker) => {
    const { namespace = '', name: pod = '' } = worker.state().pod.metadata ?? {}
    return worker.state().containers.flatMap(({ spec, phase }) => {
      const group = worker.runs.get(spec.name)?.process.pid
      if (phase.kind !== 'running' || group === undefined) return []
      return [{ namespace, pod, container: spec.name, startedAt: phase.startedAt, group }]
    })
  })
  const usage = readUsage(new Set(running.map(({ group }) => group)))
  const { user, system } = process.cpuUsage()
  const own = { cpuSeconds: (user + system) / 1e6, memoryBytes: process.memoryUsage.rss() }
  return resourceMetrics(
    running.map((each) => ({ ...each, ...(usage.get(each.group) ?? noUsage) })),
    own,
    Date.now(),
  )
}

/** Targets for Prometheus' http_sd, because Debian's build cannot ask Kubernetes itself. Every declared port of a running pod is one. */
function targetsOf(workers: readonly PodWorker[]): readonly unknown[] {
  return workers.flatMap((worker) => {
    const { pod, sandbox, containers, ending } = worker.state()
    if (sandbox.kind !== 'up' || ending) return []
    const { namespace = '', name = '', labels = {} } = pod.metadata ?? {}
    const own = Object.entries(labels).map(([label, value]) => [`label_${label.replaceAll(/\W/g, '_')}`, value])
    return containers
      .filter(({ phase }) => phase.kind === 'running')
      .flatMap(({ spec }) => (spec.ports ?? []).map((port) => ({ spec, port })))
      .map(({ spec, port }) => ({
        targets: [`${sandbox.ip}:${port.containerPort}`],
        labels: { namespace, pod: name, container: spec.name, port: port.name ?? '', ...Object.fromEntries(own) },
      }))
  })
}
