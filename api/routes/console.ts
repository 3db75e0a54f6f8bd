/** Sign-in of the console: a link that works once is exchanged for a cookie that no script can read. */
import { Problem } from '../../domain/problem.ts'
import { ConsoleCode, ConsoleLink, ConsoleSession } from '../../schema/answers.ts'
import { verbOf } from '../../schema/verbs.ts'
import { sessionCookie } from '../stages/authenticate.ts'
import { ok, route } from '../route.ts'

export const mintLink = route({
  verb: verbOf('console', 'link'),
  answers: { 200: ConsoleLink },
  // The link is a credential: it is in one answer and is not stored.
  isReplayed: false,
  needs: ['sessions', 'settings'],
  async handle({ principal, origin }, { sessions, settings }) {
    const { secret, expiresAt } = await sessions.mintLink(principal)
    // In the fragment the code reaches the page, but no server, no log and no referrer.
    return ok({ url: `${settings.consoleUrl || origin}/#code=${secret}`, expiresAt: expiresAt.toISOString() })
  },
})

export const openSession = route({
  verb: verbOf('console', 'open'),
  body: ConsoleCode,
  answers: { 200: ConsoleSession },
  isReplayed: false,
  needs: ['sessions'],
  async handle({ body, origin }, { sessions }) {
    const session = await sessions.exchange(body.code)
    if (!session)
      throw new Problem('not-authenticated', 'this link was used already, or has expired', {
        hint: "'holdfast console' creates another",
      })
    const secure = origin.startsWith('https:') ? '; Secure' : ''
    const maxAge = Math.floor((session.expiresAt.getTime() - Date.now()) / 1_000)
    // A cookie belongs to a host, whatever the port, so a service on this machine may get it too. Its path limits it to requests below /v1.
    const cookie = `${sessionCookie}=${session.secret}; HttpOnly; SameSite=Strict; Path=/v1; Max-Age=${maxAge}${secure}`
    return ok({ actor: session.actor, expiresAt: session.expiresAt.toISOString() }, { 'Set-Cookie': cookie })
  },
})
