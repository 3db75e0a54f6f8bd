/**
 * RFC 8785 canonical JSON and SHA-256 over it. Plans, declarations, revisions and events are bound by such digests. Not for workflows,
 * whose sandbox has no crypto.
 */
import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'

/** The one byte form of a JSON value. Undefined members are left out. */
export function canonicalBytes(value: unknown): Buffer {
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError('only JSON has canonical bytes')
  return Buffer.from(text, 'utf8')
}

/** `sha256:<hex>` over the canonical bytes. */
export const digestOf = (value: unknown): string => `sha256:${createHash('sha256').update(canonicalBytes(value)).digest('hex')}`

/** Twelve hex characters: enough to name a revision of one service. */
export const revisionOf = (material: { artifact: string; target: unknown; traffic: unknown; secrets?: unknown }): string =>
  digestOf(material).slice('sha256:'.length, 'sha256:'.length + 12)
