/** What a route takes and answers. The OpenAPI document is built from this part of its row. */
import type { z } from 'zod'
import type { Verb } from './verb.ts'

/** The schema of a value on the wire, and the type of the parsed value. */
export type Schema = z.ZodType
export type Parsed<S extends Schema> = z.output<S>
/** The type of a schema that a route does not declare. */
export type AnySchema = z.ZodType<unknown>

export interface RouteShape<Query extends Schema = Schema, Body extends Schema = Schema> {
  readonly verb: Verb
  readonly query?: Query
  readonly body?: Body
  /** `yaml`: the body may be YAML too, and the handler parses it. */
  readonly media?: 'json' | 'yaml'
  /** The schemas of the answers by status; null: no body, or one without a schema. Every other status is a problem. */
  readonly answers: Readonly<Record<number, Schema | null>>
  /** The member of the answers whose value is their ETag. */
  readonly etag?: string
  /** The items of the stream for a client that accepts `text/event-stream`. `resumes`: it can continue after an event's id. */
  readonly stream?: { readonly item: Schema; readonly resumes: boolean }
  /** False when the answer must not be stored for a repeat, because it is a secret. */
  readonly isReplayed?: boolean
}

/** A body larger than this is refused. */
export const maxBodyBytes = 1024 * 1024
