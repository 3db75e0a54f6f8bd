/** The stage `respond`: status, headers, and a body or the events of a stream. */
import { Readable } from 'node:stream'
import type { ApiContext } from '../middleware/state.ts'
import type { Answer, Route } from '../route.ts'
import type { AdmitStream } from './streams.ts'

/** Derived from the body, which is stored for a repeat, so that the repeat gets the same tag. */
const tagOf = ({ etag }: Route, body: unknown): string | null => {
  const tag = etag !== undefined && typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[etag] : null
  return typeof tag === 'string' ? `"${tag}"` : null
}

/** Writes the answer. @throws Problem too-many-streams, before anything is written */
export function respond(ctx: ApiContext, route: Route, { status, body, headers = {}, events }: Answer, admit: AdmitStream): void {
  if (events) admit(ctx)
  ctx.status = status
  ctx.set('Cache-Control', 'no-store')
  const tag = tagOf(route, body)
  if (tag !== null) ctx.set('ETag', tag)
  for (const [name, value] of Object.entries(headers)) ctx.set(name, value)
  if (events) {
    ctx.type = 'text/event-stream'
    ctx.set('X-Accel-Buffering', 'no')
    ctx.body = Readable.from(events)
    return
  }
  if (body === undefined) {
    ctx.body = null
    ctx.status = status
    return
  }
  ctx.body = JSON.stringify(body)
  // A repeated refusal is a problem document. Health with 503 is an answer that its route declares.
  ctx.type = status >= 400 && !(status in route.answers) ? 'application/problem+json' : 'application/json'
}
