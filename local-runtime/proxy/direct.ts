/** The unguessable header by which a smoke test reaches one revision, whatever its weight. */
import { createHmac, timingSafeEqual } from 'node:crypto'

export const directName = 'holdfast-revision'

const sign = (secret: string, revision: string): string => createHmac('sha256', secret).update(revision).digest('base64url')

/**
 * The header that sends a request straight to `revision`. Such requests are in none of the release's counters. The backend never sees it.
 */
export const directHeader = (secret: string, revision: string): { name: string; value: string } => ({
  name: directName,
  value: `${revision}.${sign(secret, revision)}`,
})

/** The revision that a header's value names, or undefined when the value was not signed with `secret`. */
export function directRevision(secret: string, value: string): string | undefined {
  const dot = value.lastIndexOf('.')
  if (dot < 1) return undefined
  const revision = value.slice(0, dot)
  const given = Buffer.from(value.slice(dot + 1))
  const wanted = Buffer.from(sign(secret, revision))
  return given.length === wanted.length && timingSafeEqual(given, wanted) ? revision : undefined
}
