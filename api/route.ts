/** A route as a row: its verb, the schemas of its input and answers, and a short handler. */
import type { Claim } from '../adapters/postgres/access/idempotency.ts'
import type { Principal } from '../adapters/postgres/access/keys.ts'
import type { Actor } from '../domain/actor.ts'
import type { Started } from '../schema/release.ts'
import type { AnySchema, Parsed, RouteShape, Schema } from '../schema/route-shape.ts'
import type { ApiDependencies } from './dependencies.ts'
import type { Engine } from './engine.ts'

/** The parts of an HTTP request that a handler gets. Everything is parsed and allowed already. */
export interface RequestContext<Query, Body> {
  /** By name, decoded. A route's own parameters are always there. */
  readonly params: Readonly<Record<string, string>>
  readonly query: Query
  readonly body: Body
  /** The body's text and whether it is YAML; for routes that parse it themselves. */
  readonly text: { readonly value: string; readonly isYaml: boolean }
  readonly actor: Actor
  readonly principal: Principal
  readonly claim: Claim | null
  /** Makes a request happen once: the same caller gets the same value for the same idempotency key and path. */
  readonly once: string
  readonly header: (name: string) => string
  /** The scheme and host that the request was sent to, `http://127.0.0.1:7420`. */
  readonly origin: string
  /** Aborts when the caller leaves or the process ends. */
  readonly signal: AbortSignal
}

/** The dependencies that a route may name in `needs`. */
export interface HandlerDependencies extends ApiDependencies {
  readonly engine: Engine
}

export type Need = keyof HandlerDependencies

export interface Answer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** A stream, sent instead of a body. */
  readonly events?: AsyncIterable<string>
  /** The transaction of the change has written this answer into the claim of the idempotency key. */
  readonly isStored?: true
}

export interface RouteSpec<Query extends Schema, Body extends Schema, Named extends Need> extends RouteShape<Query, Body> {
  /** The only dependencies that the handler gets. */
  readonly needs: readonly Named[]
  handle(request: RequestContext<Parsed<Query>, Parsed<Body>>, dependencies: Pick<HandlerDependencies, Named>): Promise<Answer>
}

export interface Route extends RouteShape {
  readonly needs: readonly Need[]
  /** @param dependencies holds what `needs` names */
  handle(request: RequestContext<unknown, unknown>, dependencies: Partial<HandlerDependencies>): Promise<Answer>
}

/** A row of the registry. */
export const route = <Query extends Schema = AnySchema, Body extends Schema = AnySchema, Named extends Need = never>(
  spec: RouteSpec<Query, Body, Named>,
): Route => ({
  ...spec,
  handle: (request, dependencies) =>
    spec.handle(request as RequestContext<Parsed<Query>, Parsed<Body>>, dependencies as Pick<HandlerDependencies, Named>),
})

export const ok = (body: unknown, headers?: Readonly<Record<string, string>>): Answer => ({
  status: 200,
  body,
  ...(headers ? { headers } : {}),
})

/** 202: a start that was accepted. Its transaction has stored this answer. */
export const started = (start: Started): Answer => ({ ...accepted(start, start.links.self), isStored: true })

/** 202: the work is accepted and not done yet. @param location the address that shows its state */
export const accepted = (body: unknown, location: string): Answer => ({ status: 202, body, headers: { Location: location } })
