/** The input that the fuzz sends to a proxy from both sides. It is seeded, mostly close to HTTP, and broken in one or more places. */

export type Draw = () => number

/** mulberry32: the same draws for the same seed. */
export function seeded(seed: number): Draw {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const one = <T>(draw: Draw, from: readonly T[]): T => from[Math.floor(draw() * from.length)] as T
const some = <T>(draw: Draw, from: readonly T[], most: number): T[] =>
  Array.from({ length: Math.floor(draw() * (most + 1)) }, () => one(draw, from))

const methods = ['GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH', 'CONNECT', 'G@T', '']
const targets = [
  'PATH',
  'PATH',
  'PATH',
  'PATH?a=b',
  'http://x.test/PATH',
  'http://PATH',
  '*',
  'x:1',
  '/#PATH',
  '/é',
  '/a b',
  '//',
  'PATH\0',
  '',
]
const versions = ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', 'HTTP', '']
const requestHeaders = [
  ...[
    'Connection: close',
    'Connection: keep-alive',
    'Connection: Upgrade',
    'Connection: upgrade, trailer, host',
    'Connection: \t,',
  ],
  ...[
    'Upgrade: websocket',
    'Upgrade: h2c',
    'Upgrade: a, b',
    'Trailer: X',
    'Trailer: Content-Length',
    'TE: trailers',
    'TE: chunked',
  ],
  ...[
    'Expect: 100-continue',
    'Expect: wonders',
    'Host: y',
    'Host: a/b',
    'Cookie: a=1; holdfast_session=x',
    'Cookie: holdfast-client=x',
  ],
  ...[
    'holdfast-revision: a.b',
    'X-Forwarded-For: 1',
    'Max-Forwards: 0',
    'Keep-Alive: timeout=1',
    'A: b\r\n c',
    'A : b',
    'A: \x80\xff',
    ': x',
  ],
  ...[
    `Large: ${'x'.repeat(9_000)}`,
    'Date: now',
    'Range: bytes=0-1',
    'Content-Type: text/event-stream',
    'Transfer-Encoding: gzip',
  ],
]
const chunkings = [
  '3\r\nabc\r\n0\r\n\r\n',
  '3;a=b\r\nabc\r\n0\r\nX: 1\r\n\r\n',
  '0\r\nHost: y\r\n\r\n',
  '3\r\nab',
  'z\r\n',
  'ffffffffffffffffff\r\n',
  '',
]

/** One message. Its path is `/c` with a unique suffix. */
function request(draw: Draw, path: string): string {
  const odd = <T>(from: readonly T[]): T => (draw() < 0.75 ? (from[0] as T) : one(draw, from))
  const lines = [`${odd(methods)} ${odd(targets).replace('PATH', path)} ${odd(versions)}`]
  if (draw() < 0.92) lines.push('Host: x')
  lines.push(...some(draw, requestHeaders, 4))
  const kind = draw()
  let body = ''
  if (kind < 0.15) {
    lines.push('Transfer-Encoding: chunked')
    body = one(draw, chunkings)
  } else if (kind < 0.3) {
    const length = Math.floor(draw() * 5)
    lines.push(`Content-Length: ${length}`)
    body = 'abcdefgh'.slice(0, draw() < 0.8 ? length : 8)
  } else if (kind < 0.33) lines.push(one(draw, ['Content-Length: x', 'Content-Length: 2, 2', 'Transfer-Encoding: identity']))
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

/** A valid request, so that not every case ends at the parser; it often asks for an upgrade. */
const sound = (draw: Draw, path: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\n${draw() < 0.35 ? 'Connection: Upgrade\r\nUpgrade: websocket\r\n' : ''}${some(draw, requestHeaders.slice(0, 11), 2).join('\r\n')}`.trimEnd() +
  '\r\n\r\n'

/** What one client sends on its connection: one to four messages, sometimes with damaged bytes. */
export function clientWords(draw: Draw, path: string): string {
  const count = 1 + Math.floor(draw() * 4)
  const words = Array.from({ length: count }, (_, at) => (draw() < 0.5 ? sound : request)(draw, `${path}-${at}`)).join('')
  return draw() < 0.12 ? spoilt(draw, words) : words
}

const statuses = [
  '200 OK',
  '200 OK',
  '200 OK',
  '204 No',
  '304 No',
  '403 No',
  '500 No',
  '101 Switching Protocols',
  '101',
  '100 Continue',
  '099 x',
  '999 ',
  '42',
  '200',
]
const answerHeaders = [
  ...['Content-Length: 2', 'Content-Length: 9', 'Content-Length: x', 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
  ...[
    'Transfer-Encoding: gzip, chunked',
    'Trailer: X',
    'Connection: close',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Upgrade: irc',
  ],
  ...[
    'Keep-Alive: timeout=0',
    'Keep-Alive: timeout=99999999999',
    'Content-Type: text/event-stream',
    'Set-Cookie: a=1',
    'A: \x00',
    'A : b',
    'A: \xff',
  ],
]
const answerBodies = [
  'ok',
  '',
  '2\r\nok\r\n0\r\n\r\n',
  '2\r\nok\r\n0\r\nX: 1\r\n\r\n',
  '9\r\nha',
  'x'.repeat(70_000),
  'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison',
]
const hints = [
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n',
  'HTTP/1.1 103 x\r\nLink: <\r\n\r\n',
  'HTTP/1.1 102 x\r\n\r\n',
]
const good = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** What a backend answers, and what it does after that. */
export function backendWords(draw: Draw): { readonly words: string; readonly last: 'keep' | 'end' | 'reset' } {
  const last = draw() < 0.6 ? 'keep' : draw() < 0.6 ? 'end' : 'reset'
  const kind = draw()
  if (kind < 0.3) return { words: good, last: 'keep' }
  if (kind < 0.36) return { words: '', last }
  const head = [`HTTP/1.1 ${one(draw, statuses)}`, ...some(draw, answerHeaders, 4)].join('\r\n')
  const words = `${some(draw, hints, 1).join('')}${head}\r\n\r\n${one(draw, answerBodies)}`
  return { words: draw() < 0.12 ? spoilt(draw, words) : words, last }
}

/** Removes, doubles or changes one to three bytes. */
function spoilt(draw: Draw, words: string): string {
  let text = words
  for (let times = 1 + Math.floor(draw() * 3); times > 0; times--) {
    const at = Math.floor(draw() * text.length)
    const instead = one(draw, ['', String.fromCharCode(Math.floor(draw() * 256)), '\r\n', '\0', (text[at] ?? '').repeat(2)])
    text = text.slice(0, at) + instead + text.slice(at + 1)
  }
  return text
}

/** The number of pieces that a client sends its input in, and what it does at the end. */
export function manner(draw: Draw): { readonly pieces: number; readonly last: 'wait' | 'end' | 'reset' | 'leave' } {
  return { pieces: 1 + Math.floor(draw() * draw() * 5), last: one(draw, ['wait', 'wait', 'wait', 'end', 'reset', 'leave']) }
}
