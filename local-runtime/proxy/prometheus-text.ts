/** The counters of all proxies as Prometheus text, format 0.0.4. */
import type { ClientCounters, ClientKind } from '../../domain/analysis/counters.ts'
import type { EnvironmentRef } from '../../domain/identity.ts'
import type { ProxyCounters, ReplicaSample } from './contract.ts'

type Labels = Readonly<Record<string, string>>
type Line = readonly [suffix: string, labels: Labels, value: number]

interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  lines(sample: ReplicaSample, labels: Labels): readonly Line[]
}

const families: readonly Family[] = [
  {
    name: 'holdfast_requests_total',
    type: 'counter',
    help: 'Requests with an outcome: the headers of an answer, or a failure.',
    lines: ({ requests }, labels) => [['', labels, requests]],
  },
  {
    name: 'holdfast_request_errors_total',
    type: 'counter',
    help: '5xx answers, connection failures, timeouts, and answers that broke off.',
    lines: ({ errors }, labels) => [['', labels, errors]],
  },
  {
    name: 'holdfast_first_draws_total',
    type: 'counter',
    help: 'Sticky clients at their first request of a release.',
    lines: ({ firstDraws }, labels) => [['', labels, firstDraws]],
  },
  {
    name: 'holdfast_client_requests_total',
    type: 'counter',
    help: 'Requests of sticky clients that count, by kind of bad answer; any: of all clients that the proxy remembers.',
    lines: ({ clients }, labels) => clientLines(clients, labels, ({ requests }) => requests),
  },
  {
    name: 'holdfast_client_turns_total',
    type: 'counter',
    help: 'Requests of sticky clients that count, each client once a second.',
    lines: ({ clients }, labels) => clientLines(clients, labels, ({ turns }) => turns),
  },
  {
    name: 'holdfast_client_first_turns_total',
    type: 'counter',
    help: 'Sticky clients that count once a second, at their very first request.',
    lines: ({ clients }, labels) => clientLines(clients, labels, ({ newTurns }) => newTurns),
  },
  {
    name: 'holdfast_client_first_bad_total',
    type: 'counter',
    help: 'Bad answers to clients at their very first request.',
    lines: ({ clients }, labels) => clientLines(clients, labels, ({ newBad }) => newBad),
  },
  {
    name: 'holdfast_client_bad_total',
    type: 'counter',
    help: 'Bad answers to sticky clients; those in a row to one client are one.',
    lines: ({ clients }, labels) => clientLines(clients, labels, ({ bad }) => bad),
  },
  {
    name: 'holdfast_clients_active',
    type: 'gauge',
    help: 'Sticky clients with a request within the last minute and at least four answers, at the replica that answered last.',
    lines: ({ clients }, labels) => (clients ? [['', { ...labels, kind: 'any' }, clients.active]] : []),
  },
  {
    name: 'holdfast_clients_failing',
    type: 'gauge',
    help: 'Active sticky clients that fail: four of their last 16 answers were bad, and no 16 in a row have been good since.',
    lines: ({ clients }, labels) => clientLines(clients, labels, ({ failing }) => failing),
  },
  {
    name: 'holdfast_clients_failing_lasting',
    type: 'gauge',
    help: 'Failing sticky clients that began to fail a minute ago or more.',
    lines: ({ clients }, labels) => clientLines(clients, labels, ({ lasting }) => lasting),
  },
  {
    name: 'holdfast_responses_total',
    type: 'counter',
    help: 'Answers by status code.',
    lines: ({ statuses }, labels) => Object.entries(statuses).map(([code, count]) => ['', { ...labels, code }, count]),
  },
  {
    name: 'holdfast_request_edge_entered_total',
    type: 'counter',
    help: 'Requests that have reached a latency edge or their headers.',
    lines: ({ edges }, labels) => edges.map(({ edgeMs, entered }) => ['', { ...labels, edge_ms: String(edgeMs) }, entered]),
  },
  {
    name: 'holdfast_request_edge_slow_total',
    type: 'counter',
    help: 'Requests slower than a latency edge, including requests in flight that have passed it.',
    lines: ({ edges }, labels) => edges.map(({ edgeMs, slow }) => ['', { ...labels, edge_ms: String(edgeMs) }, slow]),
  },
  {
    name: 'holdfast_request_duration_seconds',
    type: 'histogram',
    help: "From the request's last byte to the answer's headers.",
    lines: ({ histogram: { boundsMs, cumulative, count, sumMs } }, labels) => [
      ...boundsMs.map((bound, at): Line => ['_bucket', { ...labels, le: String(bound / 1_000) }, cumulative[at] ?? 0]),
      ['_bucket', { ...labels, le: '+Inf' }, count],
      ['_sum', labels, sumMs / 1_000],
      ['_count', labels, count],
    ],
  },
  {
    name: 'holdfast_in_flight',
    type: 'gauge',
    help: 'Requests in flight.',
    lines: ({ inFlight }, labels) => [['', labels, inFlight]],
  },
]

const clientLines = (clients: ClientCounters | undefined, labels: Labels, of: (kind: ClientKind) => number): readonly Line[] =>
  clients
    ? Object.entries({ any: { ...clients, bad: 0, newBad: 0, failing: 0, lasting: 0 }, ...clients.kinds }).map(
        ([kind, each]): Line => ['', { ...labels, kind }, of(each)],
      )
    : []

export function prometheusText(proxies: readonly { readonly ref: EnvironmentRef; readonly counters: ProxyCounters }[]): string {
  const out: string[] = []
  for (const { name, type, help, lines } of families) {
    out.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
    for (const { ref, counters } of proxies)
      for (const sample of counters.samples)
        for (const [suffix, labels, value] of lines(sample, labelsOf(ref, sample)))
          out.push(`${name}${suffix}${labelText(labels)} ${value}`)
  }
  out.push(
    '# HELP holdfast_weight_percent Share of new requests that a revision gets now.',
    '# TYPE holdfast_weight_percent gauge',
  )
  for (const { ref, counters } of proxies)
    for (const [revision, weight] of Object.entries(counters.weights))
      out.push(`holdfast_weight_percent${labelText({ ...ref, revision })} ${weight}`)
  out.push(
    '# HELP holdfast_requests_unrouted_total Requests that found no healthy replica.',
    '# TYPE holdfast_requests_unrouted_total counter',
  )
  for (const { ref, counters } of proxies)
    out.push(`holdfast_requests_unrouted_total${labelText({ ...ref })} ${counters.unrouted}`)
  out.push(...caught(proxies))
  return `${out.join('\n')}\n`
}

/** Requests that were refused before any version got them, and faults that the last guard caught. Neither belongs to a replica. */
function caught(proxies: Parameters<typeof prometheusText>[0]): string[] {
  const books = proxies.map(({ ref, counters }) => ({ ref, ...counters.ledger }))
  const lines = (name: string, label: string, of: (book: (typeof books)[number]) => Readonly<Record<string, number>>) =>
    books.flatMap((book) =>
      Object.entries(of(book)).map(([key, count]) => `${name}${labelText({ ...book.ref, [label]: key })} ${count}`),
    )
  return [
    '# HELP holdfast_requests_refused_total Requests that the proxy refused before any version got them, by status.',
    '# TYPE holdfast_requests_refused_total counter',
    ...lines('holdfast_requests_refused_total', 'code', ({ refused }) => refused),
    '# HELP holdfast_proxy_faults_total Faults in handlers that the last guard caught, by where the input came from.',
    '# TYPE holdfast_proxy_faults_total counter',
    ...lines('holdfast_proxy_faults_total', 'kind', ({ faults }) => faults),
  ]
}

const labelsOf = ({ service, environment }: EnvironmentRef, { revision, version, replica }: ReplicaSample): Labels => ({
  service,
  environment,
  revision,
  version,
  replica,
})

const labelText = (labels: Labels): string =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escape(value)}"`)
    .join(',')}}`

const escape = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
