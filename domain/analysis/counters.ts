/**
 * What a metrics provider saw: cumulative counters per revision and replica. Counters never go backwards within one replica
 * identity; a restarted process is another replica.
 */

/** Requests that have reached `edgeMs` or their headers (`entered`), and those of them that were slower (`slow`). */
export interface EdgeCounters {
  readonly edgeMs: number
  readonly entered: number
  readonly slow: number
}

/**
 * What sticky clients counted, by kind of bad answer: `errors`, a status code or its class, `slow 500`. Bad answers of one client in a row
 * are one, and until it has had many good ones its requests are in no count of that kind.
 */
export interface ClientCounters {
  /** Of clients that can be remembered, whatever they count as. */
  readonly requests: number
  /** Seconds in which a client asked, each counted once for it: what one that asks much is no more than others by. */
  readonly turns: number
  readonly newTurns: number
  /** No counter: those that have come back and asked within the last minute, after as many answers as it takes to fail. */
  readonly active: number
  readonly kinds: Readonly<Record<string, ClientKind>>
}

export interface ClientKind {
  readonly bad: number
  readonly requests: number
  readonly turns: number
  /**
   * Of `bad` and `turns`, those of clients at their very first request, whose draw is as new: the others' were drawn once for all of it.
   */
  readonly newBad: number
  readonly newTurns: number
  /** No counter: of `active`, those that fail: four of their last 16 answers were bad, and no 16 in a row were good since. */
  readonly failing: number
  /** Of `failing`, those that began to a minute ago or more. */
  readonly lasting: number
}

export interface ReplicaCounters {
  readonly revision: string
  /** Identity of one process: changes at every restart. */
  readonly replica: string
  /** Requests with an outcome: headers received, or failed. */
  readonly requests: number
  /** 5xx answers, connection failures and timeouts. */
  readonly errors: number
  /** Answers by status code, three digits as key. */
  readonly statuses: Readonly<Record<string, number>>
  readonly edges: readonly EdgeCounters[]
  /** Sticky clients that were drawn for it, each once in a release; absent where the provider cannot tell. */
  readonly firstDraws?: number
  /** Of sticky clients; absent where none has come, or the provider cannot tell. */
  readonly clients?: ClientCounters
  /** Counters of declared `query` metrics by name: [count, total]; absent where the provider has none. */
  readonly queries?: Readonly<Record<string, readonly [count: number, total: number]>>
  /** Instant of these counters, where the provider reads its replicas at different ones; a look waits until all have moved on. */
  readonly sampledAtMs?: number
  /** It counted long before this reading: seen for the first time, it starts here and not from 0. */
  readonly isOld?: boolean
}

export interface Counters {
  /** No counter is older. */
  readonly atMs: number
  readonly replicas: readonly ReplicaCounters[]
  /** Requests are counted when they are answered, at every edge: what was sent before a mark arrives for as long as the timeout. */
  readonly atAnswers?: boolean
  readonly missing?: readonly Unseen[]
}

/** Requested counters that the provider does not have: of a revision, or of one of its `query` metrics. */
export interface Unseen {
  readonly revision: string
  readonly query?: string
  /** For people: `no label code; there are app, version, status`. */
  readonly why: string
}

/** Errors and requests of one replica in consecutive blocks, oldest first: what dispersion is estimated from. */
export interface ReplicaHistory {
  readonly replica: string
  /** Start of the first block, epoch milliseconds. */
  readonly startMs: number
  readonly blockMs: number
  /** One row per block. */
  readonly blocks: readonly BlockCounters[]
}

export interface BlockCounters {
  readonly requests: number
  readonly errors: number
  readonly clientErrors: number
  /** Slow requests per edge, in the order of the proxy's edges. */
  readonly slow: readonly number[]
}
