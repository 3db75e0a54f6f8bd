/** Creates, lists and revokes API keys. A new key allows no more than the caller's own. */
import type { KeyRow } from '../../adapters/postgres/access/keys.ts'
import { Problem } from '../../domain/problem.ts'
import { keyRequest, KeyList, KeyMade } from '../../schema/keys.ts'
import { PageQuery } from '../../schema/queries.ts'
import { verbOf, verbs } from '../../schema/verbs.ts'
import { pageRequest } from '../page.ts'
import { isAllowed } from '../permission.ts'
import { ok, route } from '../route.ts'

export const createKey = route({
  verb: verbOf('key', 'create'),
  body: keyRequest(verbs.map(({ action }) => action).filter((action) => action !== 'public')),
  answers: { 201: KeyMade },
  // The answer has the key, which is not stored.
  isReplayed: false,
  needs: ['keys'],
  async handle({ body: { scopes, expires, owner }, actor, principal }, { keys }) {
    const beyond = scopes.filter((scope) => !isAllowed(principal.scopes, scope))
    if (beyond.length > 0)
      throw new Problem('not-allowed', `${actor.id} may not ${beyond.join(', ')}, so a key that they create may not either`, {
        errors: [{ pointer: '/scopes', detail: `beyond the caller's: ${beyond.join(', ')}` }],
      })
    const made = await keys.create({
      owner: owner === undefined ? actor : { kind: 'machine', id: owner },
      scopes,
      forMs: expires,
    })
    return { status: 201, body: { ...keyView(made), key: made.key } }
  },
})

export const listKeys = route({
  verb: verbOf('key', 'list'),
  query: PageQuery,
  answers: { 200: KeyList },
  needs: ['keys'],
  async handle({ query }, { keys }) {
    const { items, nextCursor } = await keys.list(pageRequest(query))
    const shown = items.map((row) => ({
      ...keyView(row),
      revokedAt: row.revokedAt?.toISOString() ?? null,
      isLive: row.isLive,
      lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
      sessions: { open: row.sessions.open, lastUsedAt: row.sessions.lastUsedAt?.toISOString() ?? null },
    }))
    return ok({ items: shown, nextCursor })
  },
})

export const revokeKey = route({
  verb: verbOf('key', 'revoke'),
  answers: { 204: null },
  needs: ['keys'],
  async handle({ params }, { keys }) {
    if (await keys.revoke(params.id ?? '')) return { status: 204 }
    throw new Problem('not-found', `there is no key ${params.id ?? ''}`, { hint: "'holdfast key list' shows the existing ones" })
  },
})

const keyView = ({ id, owner, scopes, createdAt, expiresAt }: KeyRow) => ({
  id,
  owner,
  scopes,
  createdAt: createdAt.toISOString(),
  expiresAt: expiresAt.toISOString(),
})
