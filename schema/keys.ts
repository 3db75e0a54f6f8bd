/** API keys on the wire: the request for one, the answer that has the key, and lists. */
import { z } from 'zod'
import { namePattern } from '../domain/identity.ts'
import { Duration } from './duration.ts'
import { nearest } from './nearest.ts'
import { Actor } from './release.ts'

const longestMs = 366 * 86_400_000

/** A scope is `*`, `release:*` or `release:start`. @param actions every action that a verb needs */
const scopeOf = (actions: readonly string[]) => {
  const known = ['*', ...new Set(actions.flatMap((action) => [`${action.split(':')[0]}:*`, action]))]
  return z.string().superRefine((scope, ctx) => {
    if (known.includes(scope)) return
    const near = nearest(scope, known)
    ctx.addIssue({
      code: 'custom',
      message: near === undefined ? 'there is no such action' : `there is no such action: is it '${near}'?`,
    })
  })
}

export const keyRequest = (actions: readonly string[]) =>
  z
    .strictObject({
      scopes: z
        .array(scopeOf(actions))
        .min(1)
        .max(50)
        .meta({ description: 'Actions that the key allows; the caller must be allowed each of them.' }),
      expires: Duration.refine((ms) => ms >= 60_000 && ms <= longestMs, 'must be from 1m to 366d')
        .prefault('90d')
        .meta({
          description: 'How long the key is valid.',
        }),
      owner: z
        .string()
        .regex(namePattern, 'a name is 1-63 lower-case letters, digits and dashes, beginning with a letter')
        .optional()
        .meta({ description: 'Machine that uses the key, such as a CI. Default: the caller.' }),
    })
    .meta({ id: 'KeyRequest' })

const Key = z
  .object({ id: z.string(), owner: Actor, scopes: z.array(z.string()), createdAt: z.string(), expiresAt: z.string() })
  .meta({ id: 'Key' })

/** The only answer that has the key itself. */
export const KeyMade = Key.extend({ key: z.string() }).meta({ id: 'KeyMade' })

export const KeyList = z
  .object({
    items: z.array(
      Key.extend({
        revokedAt: z.string().nullable(),
        isLive: z.boolean(),
        lastUsedAt: z.string().nullable().meta({
          description: 'When the key, or a console session that it opened, was last used, to the minute; null when never.',
        }),
        sessions: z
          .object({ open: z.int(), lastUsedAt: z.string().nullable() })
          .meta({ description: 'Open console sessions that the key opened. They end when it is revoked.' }),
      }),
    ),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'KeyList' })
