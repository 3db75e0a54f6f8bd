/**
 * Sends requests to one cluster's API server: bounded in time and size, and obedient to its throttling. It does not judge what the API
 * server answers.
 */
import type { Response } from 'undici'
import { fetch } from 'undici'
import { Problem } from '../../domain/problem.ts'
import { pause, within } from '../timer.ts'
import type { ApiCall } from './api-problem.ts'
import type { Cluster } from './clusters.ts'
import type { ConnectionBounds } from './connection.ts'
import { createConnection } from './connection.ts'
import { transportFault } from './transport-fault.ts'

export interface Bounds extends ConnectionBounds {
  readonly answerMs: number
  readonly mostBytes: number
}

/** Below the 5 s of an attempt, with room for a second request. A page of 500 objects has a few MiB. */
export const usualBounds: Bounds = { openMs: 4_000, connectMs: 1_000, answerMs: 2_000, mostBytes: 32 * 1024 * 1024 }

/** A step waits this long in place when the API server asks for it; beyond, it is tried again later. */
const mostWaitMs = 1_000
const mostHoldMs = 60_000

export interface Sent {
  readonly method: string
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly type?: string
  readonly body?: unknown
}

export interface TextAnswer {
  readonly httpStatus: number
  /** At most `largestText` characters, from the beginning. */
  readonly text: string
}

/** Logs are asked for with a limit of their own. This one holds for what a pod answers. */
const largestText = 4_194_304

interface Answered {
  readonly httpStatus: number
  /** Null when it is no JSON, as of a proxy in between. */
  readonly body: unknown
}

/** @param name of the cluster, for sentences */
export function createRequests(name: string, cluster: Cluster, bounds: Bounds) {
  const connection = createConnection(name, cluster, bounds)
  const hold = createHold(name)

  async function once(asked: Omit<ApiCall, 'cluster'>, sent: Sent) {
    const { server, dispatcher, headers } = await connection.open()
    const url = `${server}${sent.path}${sent.query ? `?${new URLSearchParams(sent.query).toString()}` : ''}`
    const type = sent.body === undefined ? {} : { 'content-type': sent.type ?? 'application/json' }
    try {
      return await within(bounds.answerMs, async (signal) => {
        const answer = await fetch(url, {
          method: sent.method,
          dispatcher,
          signal,
          redirect: 'manual',
          headers: { ...headers, accept: 'application/json', ...type },
          ...(sent.body === undefined ? {} : { body: JSON.stringify(sent.body) }),
        })
        const text = await boundedText(answer, bounds.mostBytes)
        if (text === null)
          throw new Problem('target-unavailable', `the answer of ${name} to ${asked.verb} ${asked.resource} is too long`)
        return { httpStatus: answer.status, body: jsonOf(text), heldMs: retryAfterMs(answer) }
      })
    } catch (error) {
      if (error instanceof Problem) throw error
      const { kind, sentence } = transportFault(name, asked, error)
      const hint = kind === 'certificate' ? { hint: `the operator of ${name} must mend its kubeconfig or its certificate` } : {}
      throw new Problem('target-unavailable', sentence, { ...hint, cause: error })
    }
  }

  return {
    /**
     * Sends a request, and once more where the API server asked to wait for a moment. Every write names the version that it was decided on,
     * so a second one changes nothing that the first has changed.
     * @throws Problem target-unavailable when there is no answer
     */
    async send(asked: Omit<ApiCall, 'cluster'>, sent: Sent): Promise<Answered> {
      await hold.pass()
      const first = await once(asked, sent)
      // Somebody may have renewed the credential in the file.
      if (first.httpStatus === 401) connection.forget()
      if (first.heldMs === 0) return first
      hold.note(first.heldMs)
      if (first.heldMs > mostWaitMs) return first
      await hold.pass()
      const second = await once(asked, sent)
      if (second.heldMs > 0) hold.note(second.heldMs)
      return second
    },

    /**
     * The text that a pod printed or answers, with any status. A pod's own `Retry-After` does not keep other requests back.
     * @throws Problem target-unavailable when there is no answer, invalid-input for a path that would be resolved to another one
     */
    async text(asked: Omit<ApiCall, 'cluster'>, path: string, withinMs: number = bounds.answerMs): Promise<TextAnswer> {
      await hold.pass()
      const { server, dispatcher, headers } = await connection.open()
      // A path such as `/../..` would reach another part of the API server with Holdfast's rights.
      const url = new URL(`${server}${path}`)
      if (!isAsWritten(url, `${server}${path}`)) throw new Problem('invalid-input', `${path} is no path that can be asked for`)
      try {
        return await within(withinMs, async (signal) => {
          const answer = await fetch(url, { dispatcher, headers, redirect: 'manual', signal })
          return { httpStatus: answer.status, text: await beginningOf(answer) }
        })
      } catch (error) {
        throw new Problem('target-unavailable', transportFault(name, asked, error).sentence, { cause: error })
      }
    },
    close: connection.close,
  }
}

/** Whether nothing of the path was resolved away, as `..`, `%2e%2e` and backslashes are, and no server behind could resolve it. */
const isAsWritten = ({ pathname }: URL, written: string): boolean =>
  slashes(pathname) === slashes(written.replace(/^https?:\/\/[^/]*/, '').replace(/[?#].*$/s, '')) &&
  !/%2f|%5c|%2e/i.test(pathname)

const slashes = (path: string): number => path.split('/').length

async function beginningOf(answer: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    if (text.length > largestText) return text.slice(0, largestText)
  }
  return text
}

/** Keeps all requests of a cluster back for as long as its API server asked for. */
function createHold(name: string) {
  let untilMs = 0
  return {
    note(forMs: number): void {
      untilMs = Math.max(untilMs, performance.now() + forMs)
    },
    /** @throws Problem target-unavailable when the wait is too long for a request */
    async pass(): Promise<void> {
      const leftMs = untilMs - performance.now()
      if (leftMs <= 0) return
      if (leftMs > mostWaitMs)
        throw new Problem('target-unavailable', `${name} asks for no request within the next ${Math.ceil(leftMs / 1_000)} s`)
      await pause(leftMs)
    },
  }
}

/** How long the API server asks to wait. Zero: it does not. */
function retryAfterMs({ status, headers }: Response): number {
  const seconds = /^\d{1,6}$/.exec(headers.get('retry-after') ?? '')?.[0]
  return (status === 429 || status === 503) && seconds !== undefined ? Math.min(Number(seconds) * 1_000, mostHoldMs) : 0
}

/** Null: it is longer than it may be. */
async function boundedText(answer: Response, mostBytes: number): Promise<string | null> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of answer.body ?? []) {
    chunks.push(chunk as Uint8Array)
    bytes += (chunk as Uint8Array).byteLength
    if (bytes > mostBytes) return null
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Null for what is no JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
