/** How a service's counters are found in a Prometheus: its address, and the names of metrics and labels. */
import { z } from 'zod'
import { LabelValue } from '../command.ts'
import { durationFrom } from '../duration.ts'

const MetricName = z
  .string()
  .max(200)
  .regex(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/, "a metric's name is letters, digits, _ and :")
export const Label = z
  .string()
  .max(200)
  .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, "a label's name is letters, digits and _")
const answerClass = /^[1-5]xx$/

const Labels = z.strictObject({
  revision: Label.default('revision').describe('label with the revision'),
  version: Label.exactOptional().describe('label with the version, if no label has the revision'),
  replica: Label.default('replica').describe('label that tells replicas apart, for example pod or instance'),
  code: Label.default('code').describe('label of `responses` with the status code'),
})

export const Counters = z.strictObject({
  requests: MetricName.describe('counter of answered and failed requests, per replica'),
  responses: MetricName.exactOptional().describe('counter of answers by status code. Default: `requests`'),
  errors: z
    .union([MetricName, z.string().regex(answerClass)])
    .default('5xx')
    .describe('counter of failed requests, or a class of `responses`'),
  histogram: MetricName.exactOptional().describe('histogram of durations, without `_bucket`. Default: latency is not counted'),
  unit: z.enum(['s', 'ms']).default('s').describe('unit of the histogram'),
})

const url = z
  .string()
  .max(2_000)
  .refine((text) => isPlainUrl(text), 'an http or https address without user, query or fragment')
  .transform((text) => text.replace(/\/+$/, ''))

function isPlainUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, search, hash } = new URL(text)
  return ['http:', 'https:'].includes(protocol) && `${username}${password}${search}${hash}` === '' && !/[?#]/.test(text)
}

export const prometheusConfig = z
  .strictObject({
    url: url.describe('address of Prometheus; HOLDFAST_PROMETHEUS_HOSTS allows hosts besides loopback'),
    interval: durationFrom('1s', '1h').prefault('15s').describe('how often Prometheus scrapes the service'),
    staleAfter: durationFrom('2s', '24h').prefault('1m').describe('age from which a sample is no data'),
    match: z
      .record(Label, LabelValue)
      .refine((labels) => Object.keys(labels).length <= 50, 'at most 50 labels')
      .default({ service: '{service}', environment: '{environment}' })
      .describe('labels of all series of the environment; `{service}` and `{environment}` stand for the names'),
    labels: Labels.prefault({}).describe('labels that say what a series counts'),
    counters: Counters.exactOptional().describe('names of the counters. Default: those of the local runtime'),
  })
  .refine(({ interval, staleAfter }) => staleAfter >= 2 * interval, {
    path: ['staleAfter'],
    message: 'at least twice the interval: else it is stale between two scrapes',
  })
  .transform(({ interval, staleAfter, ...rest }) => ({ ...rest, intervalMs: interval, staleAfterMs: staleAfter }))

export type PrometheusConfig = z.output<typeof prometheusConfig>

/** The configuration as stored. */
export const storedPrometheusConfig = z.strictObject({
  url: z.string(),
  intervalMs: z.number(),
  staleAfterMs: z.number(),
  match: z.record(Label, z.string()),
  labels: Labels,
  counters: Counters.exactOptional(),
}) satisfies z.ZodType<PrometheusConfig>

/** The names of the counters: the declared ones, or those of the local runtime. */
export const namesOf = ({
  counters,
}: Pick<PrometheusConfig, 'counters'>): { readonly requests: string; readonly answers: string; readonly errors: string } =>
  counters
    ? { requests: counters.requests, answers: counters.responses ?? counters.requests, errors: counters.errors }
    : { requests: 'holdfast_requests_total', answers: 'holdfast_responses_total', errors: 'holdfast_request_errors_total' }

/** Whether errors are counted by a class of status codes, such as `5xx`. */
export const isAnswerClass = (errors: string): boolean => answerClass.test(errors)
