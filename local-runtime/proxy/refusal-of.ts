/**
 * What RFC 9112 asks of a request before any version gets it. The proxy refuses other requests itself, and no version counts them.
 */
import type { IncomingMessage } from 'node:http'
import type { RefusedStatus } from './answers.ts'

/** An authority without userinfo: a name, an IPv4 or a bracketed IPv6 address, and a port. It may be empty. */
const authority = /^(?:\[[0-9a-f:.]+\]|(?:[a-z0-9\-._~!$&'()*+,;=]|%[0-9a-f]{2})*)(?::\d*)?$/i
const absolute = /^https?:\/\/([^/?#]*)([^#]*)$/i

/**
 * The status that `request` is refused with, or undefined. An admitted request has its target in origin form, and one Host that matches it.
 */
export function refusalOf(request: IncomingMessage): RefusedStatus | undefined {
  if (request.httpVersion !== '1.1' && request.httpVersion !== '1.0') return 505
  const fields = framingOf(request.rawHeaders)
  if (fields.hosts > 1 || (fields.hosts === 0 && request.httpVersion === '1.1')) return 400
  const host = fields.hostAt < 0 ? '' : (request.rawHeaders[fields.hostAt] ?? '')
  if (!authority.test(host)) return 400
  const refused = refusedCoding(fields.coding, request.httpVersion) ?? settleTarget(request, fields.hostAt)
  // HTTP/1.0 knows no expectations.
  if (request.httpVersion === '1.0' && request.headers.expect !== undefined) drop(request.rawHeaders, 'expect')
  return refused
}

function drop(raw: string[], name: string): void {
  for (let at = raw.length - 2; at >= 0; at -= 2) if (raw[at]?.toLowerCase() === name) raw.splice(at, 2)
}

interface Framing {
  hosts: number
  /** Index of the only value; -1 where there is none. */
  hostAt: number
  coding: string | undefined
}

function framingOf(raw: readonly string[]): Framing {
  const found: Framing = { hosts: 0, hostAt: -1, coding: undefined }
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? ''
    if (name.length === 4 && name.toLowerCase() === 'host') {
      found.hosts++
      found.hostAt = at + 1
    } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') {
      const value = raw[at + 1] ?? ''
      found.coding = found.coding === undefined ? value : `${found.coding}, ${value}`
    }
  }
  return found
}

function refusedCoding(coding: string | undefined, version: string): RefusedStatus | undefined {
  if (coding === undefined) return undefined
  if (version === '1.0') return 400
  const codings = coding
    .toLowerCase()
    .split(',')
    .map((each) => each.trim())
  if (codings.at(-1) !== 'chunked' || codings.indexOf('chunked') !== codings.length - 1) return 400
  return codings.length > 1 ? 501 : undefined
}

function settleTarget(request: IncomingMessage, hostAt: number): RefusedStatus | undefined {
  const { url = '', method } = request
  if (url.startsWith('/')) return url.includes('#') ? 400 : undefined
  if (url === '*') return method === 'OPTIONS' ? undefined : 400
  const [, named = '', rest = ''] = absolute.exec(url) ?? []
  if (named === '' || named.startsWith(':') || !authority.test(named)) return 400
  request.url = rest.startsWith('/') ? rest : rest === '' && method === 'OPTIONS' ? '*' : `/${rest}`
  // The target's authority wins over Host.
  if (hostAt >= 0) request.rawHeaders[hostAt] = named
  else request.rawHeaders.push('Host', named)
  return undefined
}
