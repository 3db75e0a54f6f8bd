/**
 * The client of a Prometheus, over HTTP. An answer that is late, cut off or malformed is a failure. After several failures in a row a
 * breaker answers instead, and tries Prometheus again every few seconds.
 */
import { circuitBreaker, ConsecutiveBreaker, handleAll, isBrokenCircuitError, timeout, TimeoutStrategy, wrap } from 'cockatiel'
import { fetch } from 'undici'
import type { Response } from 'undici'
import { z } from 'zod'
import type { PrometheusAccess } from './prometheus-settings.ts'
import { prometheusSettings } from './prometheus-settings.ts'
import { hostRefusal, isNamed } from '../allowed-hosts.ts'

/** Shorter than the heartbeat timeout of an analysis. */
const timeoutMs = 2_000
const opensAfter = 5
const triesAgainAfterMs = 5_000
/** Enough for six hours of a large service. A longer answer is refused. */
const mostBytes = 32 * 1024 * 1024

const Labels = z.record(z.string(), z.string())
const Sample = z.tuple([z.number(), z.string().min(1)])
const Instant = z.object({ resultType: z.literal('vector'), result: z.array(z.object({ metric: Labels, value: Sample })) })
const Range = z.object({
  resultType: z.literal('matrix'),
  result: z.array(z.object({ metric: Labels, values: z.array(Sample) })),
})
const Refused = z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() })

export type InstantRow = z.output<typeof Instant>['result'][number]
export type RangeRow = z.output<typeof Range>['result'][number]

export interface PrometheusClient {
  /** One query at one instant. @throws Error for any failure */
  instant(query: string, atMs: number): Promise<readonly InstantRow[]>
  /** The same query at every step. @throws Error for any failure */
  range(query: string, fromMs: number, untilMs: number, stepMs: number): Promise<readonly RangeRow[]>
}

/** @param url without a trailing slash */
export function createPrometheusClient(url: string, access: PrometheusAccess): PrometheusClient {
  const refusal = refusalOf(url, access)
  const headers = {
    ...(isNamed(url, access.prometheusHosts) && access.prometheusToken
      ? { authorization: `Bearer ${access.prometheusToken}` }
      : {}),
  }
  const breaker = circuitBreaker(handleAll, {
    halfOpenAfter: triesAgainAfterMs,
    breaker: new ConsecutiveBreaker(opensAfter),
  })
  const policy = wrap(breaker, timeout(timeoutMs, TimeoutStrategy.Aggressive))
  const ask = async <Data>(path: string, form: Readonly<Record<string, string>>, data: z.ZodType<Data>): Promise<Data> => {
    if (refusal) throw new Error(refusal)
    try {
      return await policy.execute(async ({ signal }) => {
        const body = new URLSearchParams(form)
        // Redirects are refused, because only this address is allowed.
        const answer = await fetch(`${url}/api/v1/${path}`, { method: 'POST', body, headers, signal, redirect: 'error' })
        return dataOf(answer, await readJson(answer), data)
      })
    } catch (error) {
      const last = isBrokenCircuitError(error) ? breaker.lastFailure : undefined
      throw last && 'error' in last ? last.error : error
    }
  }
  return {
    instant: async (query, atMs) => (await ask('query', { query, time: seconds(atMs) }, Instant)).result,
    range: async (query, fromMs, untilMs, stepMs) => {
      const form = { query, start: seconds(fromMs), end: seconds(untilMs), step: seconds(stepMs) }
      return (await ask('query_range', form, Range)).result
    },
  }
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(3)

/** Why this address may not be called; null when it may. */
export const refusalOf = (url: string, { prometheusHosts }: Pick<PrometheusAccess, 'prometheusHosts'>): string | null =>
  hostRefusal(url, prometheusHosts, prometheusSettings.prometheusHosts.variable)

function dataOf<Data>(answer: Response, json: unknown, data: z.ZodType<Data>): Data {
  const refused = Refused.safeParse(json)
  if (refused.success) throw new Error(`${refused.data.errorType}: ${refused.data.error.slice(0, 500)}`)
  if (!answer.ok) throw new Error(`status ${answer.status}`)
  const parsed = z.object({ status: z.literal('success'), data }).safeParse(json)
  if (parsed.success) return parsed.data.data
  throw new Error('its answer is not of the requested kind', { cause: parsed.error })
}

/** @throws Error for a body that is too long or not JSON */
async function readJson(answer: Response): Promise<unknown> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of answer.body ?? []) {
    chunks.push(chunk as Uint8Array)
    bytes += (chunk as Uint8Array).byteLength
    if (bytes > mostBytes) throw new Error(`the answer is longer than ${mostBytes} bytes`)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`status ${answer.status}, no JSON: ${text.slice(0, 80)}`)
  }
}
