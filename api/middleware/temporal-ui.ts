/** Temporal's Web UI is a page of another origin. It may request one path, with its viewer's console cookie. */
import cors from '@koa/cors'
import { verbOf } from '../../schema/verbs.ts'
import type { ApiContext, Middleware } from './state.ts'

const { path } = verbOf('payload', 'decode')

/** @param ui the origin of the Web UI; null when there is none */
export const isForTemporalUi = (ctx: ApiContext, ui: string | null): boolean =>
  ui !== null && ctx.path === path && ctx.get('Origin') === ui

/** Answers the preflight, and lets the page read the answer. Every other request passes unchanged. */
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
