/** The type of a verb: its command, its route, its permission and its cost. The rows are in verbs.ts. */
import type { CostClass } from '../domain/rate-limit.ts'
import type { RequestKind } from '../domain/rollout/phase.ts'

export interface Argument {
  /** The name of the path or query parameter that it fills. */
  readonly name: string
  readonly required: boolean
  readonly summary: string
}

export interface Flag {
  /** The long name without dashes. */
  readonly name: string
  readonly short?: string
  /** The name of the value in help; absent for switches. */
  readonly value?: string
  readonly required?: boolean
  /** Where its value goes. `local`: the command line uses it itself. */
  readonly to: 'body' | 'query' | 'path' | 'local'
  /** The member that it fills there; absent: the flag's own name in camelCase. */
  readonly field?: string
  readonly summary: string
}

/** `command` has the words after `holdfast`. */
export interface Command {
  readonly command: readonly string[]
  readonly args: readonly Argument[]
  readonly flags: readonly Flag[]
}

export interface Verb {
  readonly noun: string
  readonly verb: string
  /** Null for a verb without a command. */
  readonly cli: Command | null
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** The whole path, with `{parameters}`. */
  readonly path: string
  /** Query members that are part of the verb itself. */
  readonly fixedQuery?: Readonly<Record<string, string>>
  /** Set where the verb is a request to a rollout, sent as one Temporal update. */
  readonly requestKind?: RequestKind
  /** The permission it needs; `public` needs no credential. */
  readonly action: string
  /** What a request costs the client's rate limit. */
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

/** @param words those after `holdfast` */
export const command = (words: string, args: readonly Argument[], flags: readonly Flag[] = []): Command => ({
  command: words.split(' '),
  args,
  flags,
})
