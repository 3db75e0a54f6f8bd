/**
 * The stage `authenticate`: finds the caller by a key as a bearer token or by the console's cookie. The route says whether it needs one.
 */
import type { Keys } from '../../adapters/postgres/access/keys.ts'
import type { Sessions } from '../../adapters/postgres/access/sessions.ts'
import type { Middleware } from '../middleware/state.ts'

export const sessionCookie = 'holdfast_session'

export const authenticate =
  (keys: Keys, sessions: Sessions): Middleware =>
  async (ctx, next) => {
    const [, token] = /^Bearer +(\S+)$/i.exec(ctx.get('Authorization')) ?? []
    const session = ctx.cookies.get(sessionCookie)
    // Probes and pages need no caller: a supervisor's key must not make health depend on the database.
    if (!ctx.path.startsWith('/v1/')) return next()
    // A wrong token is refused even with a valid cookie.
    if (token !== undefined) ctx.state.principal = await keys.verify(token)
    else if (session !== undefined) ctx.state.principal = await sessions.verify(session)
    await next()
  }
