/** The PromQL for an environment's counters. One query has all of them, so that they are of one instant. */
import type { QueryMetric, Wanted } from '../../domain/analysis/wanted.ts'
import type { EnvironmentRef } from '../../domain/identity.ts'
import type { PrometheusConfig } from './prometheus-config.ts'
import { isAnswerClass, namesOf } from './prometheus-config.ts'

/** The label that the query adds to each row, to say which counter it is. */
export const partLabel = 'holdfast_part'

/** The label of the local runtime's latency edges. */
export const edgeLabel = 'edge_ms'

/** How far back the query searches for earlier samples of a new replica. */
const pastRange = '10m'

export interface Parts {
  /** Rows with counters, the instant of each sample in seconds, and whether there were samples before. */
  readonly counters: string
  /** Counters and instants alone, for a range query. */
  readonly history: string
}

/** The queries for all wanted revisions, or for one of them. */
export function countersQuery(config: PrometheusConfig, wanted: Wanted, only?: string): Parts {
  const { labels, counters } = config
  const by = seriesLabels(labels)
  const selector = selectorOf(config, wanted, only)
  const sum = (name: string, ...more: string[]) => `sum by (${[...by, ...more].join(',')}) (${name}${selector})`
  const { requests, answers, errors } = namesOf(config)
  const both: [part: string, query: string][] = [
    ['at', `min by (${by.join(',')}) (timestamp(${requests}${selector}))`],
    ['requests', sum(requests)],
    ['answers', sum(answers, labels.code)],
  ]
  if (!isAnswerClass(errors)) both.push(['errors', sum(errors)])
  if (!counters) {
    both.push(['entered', sum('holdfast_request_edge_entered_total', edgeLabel)])
    both.push(['slow', sum('holdfast_request_edge_slow_total', edgeLabel)])
  } else if (counters.histogram) both.push(['buckets', sum(`${counters.histogram}_bucket`, 'le')])
  const past = `count by (${by.join(',')}) (count_over_time(${requests}${selector}[${pastRange}] offset ${config.staleAfterMs}ms))`
  return { counters: together([...both, ['past', past]]), history: together(both) }
}

/** Both counters of a `query` metric, by replica if they have that label. Each is on lines of its own, because it may end in a comment. */
export function metricQuery({ labels }: PrometheusConfig, { bad, total }: QueryMetric, ref: EnvironmentRef): string {
  const sum = (query: string) => `sum by (${seriesLabels(labels).join(',')}) (\n${filled(query, ref)}\n)`
  return together([
    ['bad', sum(bad)],
    ['total', sum(total)],
  ])
}

/** Any series of a metric at the environment, with all its labels: of one revision, or without the label of the revision. */
export const anySeriesQuery = (config: PrometheusConfig, wanted: Wanted, metric: string, only: string | null): string =>
  `topk(1, ${metric}${only === null ? environmentSelector(config, wanted) : selectorOf(config, wanted, only)})`

/** Any series of a declared query. */
export const anyOfQuery = (query: string, ref: EnvironmentRef): string => `topk(1, (\n${filled(query, ref)}\n))`

const seriesLabels = ({ version, revision, replica }: PrometheusConfig['labels']): readonly string[] => [
  version ?? revision,
  replica,
]

const together = (parts: readonly (readonly [part: string, query: string])[]): string =>
  parts.map(([part, query]) => `label_replace(${query}, "${partLabel}", "${part}", "", "")`).join(' or ')

const filled = (text: string, { service, environment }: EnvironmentRef): string =>
  text.replaceAll('{service}', service).replaceAll('{environment}', environment)

function selectorOf({ match, labels }: PrometheusConfig, { ref, versions }: Wanted, only?: string): string {
  const revisions = Object.entries(versions).filter(([revision]) => only === undefined || revision === only)
  const names = revisions.map(([revision, version]) => (labels.version === undefined ? revision : version))
  const matchers = environmentMatchers(match, ref)
  matchers.push(`${labels.version ?? labels.revision}=~${quoted(names.map(literally).join('|'))}`)
  return `{${matchers.join(',')}}`
}

const environmentMatchers = (match: PrometheusConfig['match'], ref: EnvironmentRef): string[] =>
  Object.entries(match).map(([label, value]) => `${label}=${quoted(filled(value, ref))}`)

export const environmentSelector = ({ match }: PrometheusConfig, { ref }: Wanted): string =>
  `{${environmentMatchers(match, ref).join(',')}}`

/** A regular expression that matches only `text`. */
const literally = (text: string): string => text.replaceAll(/[^a-zA-Z0-9_-]/g, '\\$&')

const quoted = (text: string): string => JSON.stringify(text)
