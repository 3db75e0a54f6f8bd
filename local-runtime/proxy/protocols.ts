/** Which requests may switch protocols, and to what. */
import type { IncomingMessage } from 'node:http'

/**
 * Whether this request may switch protocols. Three kinds may not. HTTP/2 by upgrade is obsolete, and such clients accept HTTP/1.1. A
 * request with a body cannot switch. A value that names no protocol (RFC 9110, 7.8) would come back in the backend's answer; the proxy
 * could not pass that on, and a client's fault would count as an error of the version.
 */
export function maySwitch({ headers, httpVersion }: IncomingMessage): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  return httpVersion === '1.1' && protocols.test(headers.upgrade ?? '') && headers.upgrade?.toLowerCase() !== 'h2c' && !hasBody
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const protocols = new RegExp(`^${token}(/${token})?([ \\t]*,[ \\t]*${token}(/${token})?)*$`)

/** Whether the backend switched to protocols that the client named, and no other. */
export function isAskedFor(request: IncomingMessage, answer: IncomingMessage): boolean {
  const asked = tokens(request.headers.upgrade)
  const switched = tokens(answer.headers.upgrade)
  return answer.statusCode === 101 && switched.length > 0 && switched.every((protocol) => asked.includes(protocol))
}

const tokens = (value = ''): string[] =>
  value
    .toLowerCase()
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '')
