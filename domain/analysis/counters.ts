/**
 * What a metrics provider counts: cumulative counters per revision and replica. Counters never go backwards within one replica identity; a
 * restarted process is another replica.
 */

/** Requests that have reached `edgeMs` or their headers (`entered`), and those of them that were slower (`slow`). */
export interface EdgeCounters {
  readonly edgeMs: number
  readonly entered: number
  readonly slow: number
}

/**
 * What a provider counts of sticky clients, by kind of bad answer: `errors`, a status code or its class, `slow 500`. Bad answers of one
 * kind to one client in a row count as one. Until the client has had many good answers, its requests are in no count of that kind.
 */
export interface ClientCounters {
  /** Requests of all clients that the provider remembers, of every kind. */
  readonly requests: number
  /**
   * Seconds in which a client sent requests, each counted once per client. So a client that sends many requests weighs no more than others.
   */
  readonly turns: number
  readonly newTurns: number
  /** Not a counter: clients that have returned, sent a request within the last minute, and had as many answers as it takes to fail. */
  readonly active: number
  readonly kinds: Readonly<Record<string, ClientKind>>
}

export interface ClientKind {
  readonly bad: number
  readonly requests: number
  readonly turns: number
  /**
   * The part of `bad` of clients at their very first request; `newTurns` is that of `turns`. Their draw is new. Other clients were drawn
   * once for all of their requests.
   */
  readonly newBad: number
  readonly newTurns: number
  /** Not a counter: the clients of `active` that fail. Four of their last 16 answers were bad, and no 16 in a row were good since. */
  readonly failing: number
  /** Those of `failing` that began to fail a minute ago or more. */
  readonly lasting: number
}

export interface ReplicaCounters {
  readonly revision: string
  /** Identity of one process. It changes at every restart. */
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
  /** Absent where no sticky client has come, or the provider does not count clients. */
  readonly clients?: ClientCounters
  /** Counters of declared `query` metrics by name: [count, total]; absent where the provider has none. */
  readonly queries?: Readonly<Record<string, readonly [count: number, total: number]>>
  /**
   * Instant of these counters, where the provider reads its replicas at different instants. A look waits until every replica has newer
   * counters.
   */
  readonly sampledAtMs?: number
  /** It counted long before these counters were read. When it is seen for the first time, it starts at these counts and not at 0. */
  readonly isOld?: boolean
}

export interface Counters {
  /** No counter is older than this. */
  readonly atMs: number
  readonly replicas: readonly ReplicaCounters[]
  /**
   * True where requests are counted when they are answered, at every edge. Those sent before a mark then arrive for as long as the timeout.
   */
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

/** Errors and requests of one replica in consecutive blocks, oldest first. Dispersion is measured on them. */
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
