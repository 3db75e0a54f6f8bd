/** Temporal's Web UI is a page of another origin. It may ask one path, with the console's cookie of its viewer. */
import cors from '@koa/cors'
import { verbOf } from '../../schema/verbs.ts'
import type { ApiContext, Middleware } from './state.ts'

const { path } = verbOf('payload', 'decode')

/** @param ui origin of the Web UI; null: there is none */
export const isForTemporalUi = (ctx: ApiContext, ui: string | null): boolean =>
  ui !== null && ctx.path === path && ctx.get('Origin') === ui

/** Answers the preflight, and lets the page read the answer; every other request goes on untouched. */
export function temporalUi(ui: string | null): Middleware {
  const allowing = cors({
    origin: ui ?? '',
    credentials: true,
    allowMethods: 'POST',
    allowHeaders: 'Content-Type, X-Namespace, Authorization',
    maxAge: 600,
  })
  return (ctx, next) => (isForTemporalUi(ctx, ui) ? allowing(ctx, next) : next())
}
