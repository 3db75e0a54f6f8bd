/** API keys. A new key is printed once, alone on stdout, so that it can be piped into a secret store. Notes about it go to stderr. */
import { KeyList, KeyMade } from '../../schema/keys.ts'
import type { Verb } from '../../schema/verb.ts'
import type { Run } from '../context.ts'
import { argument, flagText, isJson } from '../context.ts'
import { listOf, read } from '../api-answers.ts'
import { tableLines } from '../view/columns.ts'
import { shown, writeJson } from './answers.ts'
import { callOf } from './request.ts'

const Made = KeyMade.pick({ id: true, key: true, expiresAt: true })
const Item = KeyList.shape.items.element
const Listed = Item.pick({ id: true, scopes: true, expiresAt: true, isLive: true }).extend({
  ...Item.pick({ revokedAt: true, lastUsedAt: true }).partial().shape,
  owner: Item.shape.owner.pick({ id: true }),
  sessions: Item.shape.sessions.pick({ open: true }).nullish(),
})

export const createKey =
  (verb: Verb): Run =>
  async ({ client, terminal, signal }, typed) => {
    const scopes = (flagText(typed, 'scope') ?? '')
      .split(',')
      .map((scope) => scope.trim())
      .filter(Boolean)
    const answer = await client.call({ ...callOf(verb, typed, { scopes }), signal })
    if (isJson(typed)) return writeJson(terminal, answer)
    const { id, key, expiresAt } = read(Made, answer.json)
    terminal.line(key)
    terminal.note(`key ${id} is valid until ${expiresAt}; it is not shown again`)
  }

export const listKeys = (verb: Verb): Run =>
  shown(verb, (json, { terminal }) => {
    const { items, nextCursor } = read(listOf(Listed), json)
    const rows = items.map(({ id, owner, scopes, expiresAt, revokedAt, isLive, lastUsedAt, sessions }) => [
      id,
      owner.id,
      isLive ? 'valid' : revokedAt ? 'revoked' : 'expired',
      expiresAt.slice(0, 10),
      lastUsedAt?.slice(0, 16).replace('T', ' ') ?? 'never',
      String(sessions?.open ?? 0),
      scopes.join(' '),
    ])
    const titles = ['key', 'of', 'state', 'until', 'last used', 'sessions', 'scopes']
    const lines = tableLines(
      titles.map((title) => ({ title })),
      rows,
      terminal.width(),
    )
    return [...lines, ...(nextCursor ? [`more: --cursor ${nextCursor}`] : [])]
  })

export const revokeKey =
  (verb: Verb): Run =>
  async ({ client, terminal, signal }, typed) => {
    await client.call({ ...callOf(verb, typed), signal })
    terminal.line(`key ${argument(typed, 'id')} revoked`)
  }
