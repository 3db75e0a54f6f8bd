/**
 * Sticky clients. The cookie holds a draw that a client keeps for good, and never a version. A hash of the draw and the release decides
 * which version the client gets. So each release moves other clients first, and within a release a larger weight only moves more clients.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

export const clientCookie = 'holdfast-client'

/** A client, as the proxy sees it at one request. */
export interface Met {
  /** Its draw: 64 random bits without a meaning. */
  readonly id: string
  /** In [0, 1). Below the canary's weight, the client gets the canary. It is the same for the whole of a release. */
  readonly draw: number
  /** The first request of this client in this release, as far as it is remembered. */
  readonly isFirst: boolean
  /** True where this request had no valid cookie. */
  readonly isNew: boolean
  /** The cookie to set, where the client has no valid one or one of another release. */
  readonly setCookie: string | undefined
}

export interface Clients {
  /** @param release the release whose versions share the traffic; undefined when none do */
  meet(cookies: string | undefined, release: string | undefined): Met
}

/** Remembers clients, so that one that sends ten requests at once or drops the new cookie counts as new once. */
const rememberAtMost = 65_536
const buckets = 100
/** Thirty days: a client that stays away for longer draws anew. */
const maxAgeSeconds = 2_592_000
const macLength = 22

/** @param secret of the environment; the key that signs is derived from it and used for nothing else */
export function createClients(secret: string): Clients {
  const key = createHmac('sha256', secret).update('holdfast: draws of sticky clients').digest()
  const macOf = (text: string): string => createHmac('sha256', key).update(text).digest('base64url').slice(0, macLength)
  const seen = new Set<string>()
  let seenIn: string | undefined
  let tag = ''

  const enter = (release: string): void => {
    if (release === seenIn) return
    seenIn = release
    seen.clear()
    tag = createHash('sha256').update(release).digest('base64url').slice(0, 8)
  }
  const isFirst = (id: string): boolean => {
    if (seen.has(id)) return false
    const [oldest] = seen
    if (seen.size >= rememberAtMost && oldest !== undefined) seen.delete(oldest)
    seen.add(id)
    return true
  }
  /** The content of a cookie that this proxy signed. Any other cookie is ignored. */
  const known = (cookies: string | undefined): { id: string; tag: string } | undefined => {
    const value = cookies === undefined ? undefined : valueIn(cookies)
    const [, id, knownTag, mac] = value === undefined ? [] : (form.exec(value) ?? [])
    if (id === undefined || knownTag === undefined || mac === undefined) return undefined
    const isOurs = timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(`${id}.${knownTag}`)))
    return isOurs ? { id, tag: knownTag } : undefined
  }
  const cookieOf = (id: string, knownTag: string): string => {
    const value = `${id}.${knownTag}.${macOf(`${id}.${knownTag}`)}`
    return `${clientCookie}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax`
  }
  return {
    meet(cookies, release) {
      const before = known(cookies)
      const id = before?.id ?? randomBytes(8).toString('base64url')
      if (release === undefined)
        return { id, draw: 0, isFirst: false, isNew: !before, setCookie: before ? undefined : cookieOf(id, unreleased) }
      enter(release)
      const draw = (bucketOf(key, id, release) + 0.5) / buckets
      if (before?.tag === tag) return { id, draw, isFirst: false, isNew: false, setCookie: undefined }
      return { id, draw, isFirst: isFirst(id), isNew: !before, setCookie: cookieOf(id, tag) }
    },
  }
}

const unreleased = '--------'
const form = /^([\w-]{11})\.([\w-]{8})\.([\w-]{22})$/

/** The hash is keyed, so that no client can search for a draw that a coming release will favour. */
function bucketOf(key: Buffer, id: string, release: string): number {
  return createHmac('sha256', key).update(`${id}\n${release}`).digest().readUInt32BE() % buckets
}

/** The first cookie of that name. */
function valueIn(cookies: string): string | undefined {
  for (const part of cookies.split(';')) {
    const at = part.indexOf('=')
    if (at > 0 && part.slice(0, at).trim() === clientCookie) return part.slice(at + 1).trim()
  }
  return undefined
}
