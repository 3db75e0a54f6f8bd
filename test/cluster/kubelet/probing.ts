/** Sends one request of a probe or a hook and answers whether it went well, within its timeout. */
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import type { V1Container, V1HTTPGetAction, V1Probe } from '@kubernetes/client-node'

export interface Answer {
  readonly isWell: boolean
  /** The words of a kubelet in its Event. */
  readonly message: string
}

/** Runs a command in the container's network. */
export type Exec = (argv: readonly string[], timeoutMs: number) => Promise<Answer>

/** Nothing that a probe declares makes it throw: a port that no container has, or a path that is none, fails the probe. */
export async function ask(probe: V1Probe, spec: V1Container, podIP: string, exec: Exec): Promise<Answer> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1_000
  if (probe.httpGet) return askHttp(probe.httpGet, spec, podIP, timeoutMs)
  if (probe.tcpSocket) {
    const { host = podIP, port } = probe.tcpSocket
    return askTcp(host, portOf(spec, port), timeoutMs).catch(notAsked)
  }
  if (probe.exec) return exec(probe.exec.command ?? [], timeoutMs)
  return { isWell: false, message: 'this kubelet asks by httpGet, tcpSocket and exec' }
}

/** The number of a port that is declared by number or by name. */
export function portOf(spec: V1Container, port: number | string): number {
  return typeof port === 'number' ? port : (spec.ports?.find(({ name }) => name === port)?.containerPort ?? Number(port))
}

/** Node throws for a port or a path that is none, before it asks. */
const notAsked = (error: Error): Answer => ({ isWell: false, message: error.message })

export const askHttp = (action: V1HTTPGetAction, spec: V1Container, podIP: string, timeoutMs: number): Promise<Answer> =>
  askOnce(action, spec, podIP, timeoutMs).catch(notAsked)

function askOnce(action: V1HTTPGetAction, spec: V1Container, podIP: string, timeoutMs: number): Promise<Answer> {
  const { scheme = 'HTTP', host = podIP, path = '/', httpHeaders = [] } = action
  const port = portOf(spec, action.port)
  const url = `${scheme.toLowerCase()}://${host}:${port}${path}`
  const headers = { 'user-agent': 'kube-probe/1.35', ...Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value])) }
  const failed = (why: string): Answer => ({ isWell: false, message: `Get "${url}": ${why}` })
  return new Promise((resolve) => {
    const options = { host, port, path, headers, agent: false as const, rejectUnauthorized: false }
    const request = (scheme === 'HTTPS' ? https : http).request(options, (response) => {
      clearTimeout(limit)
      response.on('error', () => undefined).resume()
      const status = response.statusCode ?? 0
      resolve({ isWell: status >= 200 && status < 400, message: `HTTP probe failed with statuscode: ${status}` })
    })
    const limit = setTimeout(() => {
      resolve(failed('context deadline exceeded (Client.Timeout exceeded while awaiting headers)'))
      request.destroy()
    }, timeoutMs)
    request.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(limit)
      resolve(failed(dialed(host, port, error)))
    })
    request.end()
  })
}

function askTcp(host: string, port: number, timeoutMs: number): Promise<Answer> {
  return new Promise((resolve) => {
    const end = (answer: Answer): void => {
      clearTimeout(limit)
      socket.destroy()
      resolve(answer)
    }
    const socket = net.connect({ host, port }, () => end({ isWell: true, message: '' }))
    const limit = setTimeout(() => end({ isWell: false, message: `dial tcp ${host}:${port}: i/o timeout` }), timeoutMs)
    socket.on('error', (error) => end({ isWell: false, message: dialed(host, port, error) }))
  })
}

function dialed(host: string, port: number, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'ECONNREFUSED') return `dial tcp ${host}:${port}: connect: connection refused`
  return code === 'ECONNRESET' ? 'EOF' : message
}
