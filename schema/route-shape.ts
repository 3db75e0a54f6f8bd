/** What a route takes and answers: the part of its row that documents are made of. */
import type { z } from 'zod'
import type { Verb } from './verb.ts'

/** A schema of something on the wire, and what parsing it answers. */
export type Schema = z.ZodType
export type Parsed<S extends Schema> = z.output<S>
/** A schema that nothing is declared for. */
export type AnySchema = z.ZodType<unknown>

export interface RouteShape<Query extends Schema = Schema, Body extends Schema = Schema> {
  readonly verb: Verb
  readonly query?: Query
  readonly body?: Body
  /** `yaml`: the body may be YAML too, and the handler parses it. */
  readonly media?: 'json' | 'yaml'
  /** Schemas of the answers by status; null: no body, or one that is not worth a schema. Problems stand for every other status. */
  readonly answers: Readonly<Record<number, Schema | null>>
  /** Member of the answers whose value is their ETag. */
  readonly etag?: string
  /** What comes one by one to whoever accepts `text/event-stream`; `resumes`: events have ids to go on after. */
  readonly stream?: { readonly item: Schema; readonly resumes: boolean }
  /** False where an answer must not be kept, because it is a secret. */
  readonly isReplayed?: boolean
}

/** A body larger than this is refused. */
export const maxBodyBytes = 1024 * 1024
