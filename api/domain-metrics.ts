/**
 * Measurements of the domain for Prometheus. They are sums in the database, not counters of a process. This file writes them as text,
 * because prom-client's histograms can only observe.
 */
import { parseEnvironmentRef } from '../domain/identity.ts'
import type { Measures } from '../adapters/postgres/releases/measures.ts'

type Labels = Readonly<Record<string, string>>
type Sample = readonly [suffix: string, labels: Labels, value: number]

/** Prometheus text, format 0.0.4. */
export function domainText({ open, ended, verdicts, spans, bounds, waiting, failedRequests }: Measures): string {
  return [
    family('holdfast_open', 'gauge', 'Rollouts and rollbacks that are not over, by phase.', [
      ...open.map(({ phase, count }): Sample => ['', { phase }, count]),
    ]),
    family('holdfast_ended_total', 'counter', 'Rollouts and rollbacks that are over, by outcome.', [
      ...ended.map(({ outcome, count }): Sample => ['', { outcome }, count]),
    ]),
    family('holdfast_verdicts_total', 'counter', 'Verdicts of analyses, by kind.', [
      ...verdicts.map(({ kind, count }): Sample => ['', { kind }, count]),
    ]),
    family('holdfast_waiting_for_person_seconds', 'gauge', 'How long each one that needs a person has waited.', [
      ...waiting.map(({ ref, phase, seconds }): Sample => ['', { ...environmentLabels(ref), phase }, seconds]),
    ]),
    family('holdfast_failed_requests_estimated_total', 'counter', failedHelp, [['', {}, failedRequests]]),
    family(
      'holdfast_phase_seconds',
      'histogram',
      'Time in a phase; `reverted`: from the start of a revert to weight 0 in effect.',
      [
        ...spans.flatMap(({ phase, count, sumSeconds, atMost }): Sample[] => [
          ...bounds.map((bound, i): Sample => ['_bucket', { phase, le: String(bound) }, atMost[i] ?? 0]),
          ['_bucket', { phase, le: '+Inf' }, count],
          ['_sum', { phase }, sumSeconds],
          ['_count', { phase }, count],
        ]),
      ],
    ),
  ].join('')
}

const failedHelp =
  'Requests of users that failed because of new versions, beyond those that would have failed with the stable version.'

function environmentLabels(ref: string): Labels {
  return { ...parseEnvironmentRef(ref) }
}

function family(name: string, type: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([suffix, labels, value]) => `${name}${suffix}${labelText(labels)} ${value}\n`)
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

/** Names, phases and kinds need no escaping. */
const labelText = (labels: Labels): string => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

/** How long an answer is cached, so that frequent scrapes, which need no credential, cost the database little. */
const keptMs = 5_000

/** Returns the text, cached for a while. Empty while the database does not answer, so that the process's own metrics stay readable. */
export function domainMetrics(read: () => Promise<Measures>): () => Promise<string> {
  let kept: { readonly text: Promise<string>; readonly untilMs: number } | null = null
  return () => {
    if (kept && Date.now() < kept.untilMs) return kept.text
    const text = read().then(domainText, () => '')
    kept = { text, untilMs: Date.now() + keptMs }
    return text
  }
}
