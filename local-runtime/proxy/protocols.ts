/** Which requests may switch protocols, and to what. */
import type { IncomingMessage } from 'node:http'

/**
 * May this request switch? HTTP/2 by upgrade is wanted by nobody any longer: such clients are glad of HTTP/1.1. Nor one with a body. Nor to
 * what is no protocol (RFC 9110, 7.8): a backend that says it again answers what cannot be passed on, and a client would cost its version
 * an error.
 */
export function maySwitch({ headers, httpVersion }: IncomingMessage): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  return httpVersion === '1.1' && protocols.test(headers.upgrade ?? '') && headers.upgrade?.toLowerCase() !== 'h2c' && !hasBody
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const protocols = new RegExp(`^${token}(/${token})?([ \\t]*,[ \\t]*${token}(/${token})?)*$`)

/** One of the protocols that the client named, and no other. */
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
