/** What a verb is: the command it is typed as, the route it takes, what it may do and cost. The rows are in verbs.ts. */
import type { CostClass } from '../domain/rate-limit.ts'
import type { RequestKind } from '../domain/rollout/phase.ts'

export interface Argument {
  /** Name of the path or query parameter it fills; `id` of the thing otherwise. */
  readonly name: string
  readonly required: boolean
  readonly summary: string
}

export interface Flag {
  /** Long name without dashes. */
  readonly name: string
  readonly short?: string
  /** What the value is called in help; absent for switches. */
  readonly value?: string
  readonly required?: boolean
  /** Where it goes: a member of the body, of the query, of the path, or only the command line's business. */
  readonly to: 'body' | 'query' | 'path' | 'local'
  /** Member it fills there; the flag's own name in camelCase where absent. */
  readonly field?: string
  readonly summary: string
}

/** `command` is what is typed after `holdfast`. */
export interface Command {
  readonly command: readonly string[]
  readonly args: readonly Argument[]
  readonly flags: readonly Flag[]
}

export interface Verb {
  readonly noun: string
  readonly verb: string
  /** Null: only by HTTP. */
  readonly cli: Command | null
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** With `{parameters}`, from the root. */
  readonly path: string
  /** Query members that are part of the verb itself. */
  readonly fixedQuery?: Readonly<Record<string, string>>
  /** Set where the verb is a request to a rollout, sent as one Temporal update. */
  readonly requestKind?: RequestKind
  /** The permission it needs; `public` needs no credential. */
  readonly action: string
  /** What a request of it costs its client's rate limit. */
  readonly cost: CostClass
  readonly summary: string
}

/** The row of a verb that only reads. */
export const get = (noun: string, verb: string, path: string, summary: string, cli: Command | null): Verb => ({
  noun,
  verb,
  cli,
  method: 'GET',
  path,
  action: `${noun}:read`,
  cost: 'read',
  summary,
})

/** `words` as typed after `holdfast`. */
export const command = (words: string, args: readonly Argument[], flags: readonly Flag[] = []): Command => ({
  command: words.split(' '),
  args,
  flags,
})
