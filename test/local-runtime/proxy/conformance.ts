/** RFC 9110 and RFC 9112 for a reverse proxy: a row per requirement, with a raw request, a raw answer and the expected results. */

export interface Row {
  readonly section: string
  readonly requirement: string
  /** The bytes that the client sends, on one connection. */
  readonly send: string
  /** The bytes that the backend sends, by the request's path; `default` for all others; by default 'ok'. */
  readonly backend?: Readonly<Record<string, string>>
  /** The backend closes the connection after its answer. */
  readonly closes?: true
  /** What the client has received at the end of its connection. */
  readonly comes: RegExp
  readonly comesNot?: RegExp
  /** What the backend has received; null for nothing. */
  readonly seen?: RegExp | null
  readonly seenNot?: RegExp
  /** The version's counted requests and errors. */
  readonly counts: readonly [requests: number, errors: number]
}

export const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const ask = (line: string, ...headers: string[]) => [line, ...headers, 'Connection: close', '', ''].join('\r\n')
const get = (...headers: string[]) => ask('GET / HTTP/1.1', 'Host: x', ...headers)
const answer = (status: string, ...lines: string[]) => [`HTTP/1.1 ${status}`, ...lines].join('\r\n')
const switching = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
const bad = { comes: /^HTTP\/1.1 400 /, seen: null, counts: [0, 0] } as const
const passes = { comes: /^HTTP\/1.1 200 OK\r\n[^]*ok$/, counts: [1, 0] } as const
const breaks = { comes: /^HTTP\/1.1 502 /, counts: [1, 1] } as const

const messages: readonly Row[] = [
  { section: '9112 2.2', requirement: 'an empty line before a request is ignored', send: `\r\n${get()}`, ...passes },
  { section: '9112 2.2', requirement: 'a bare CR in a request is refused', send: get('A: b\rc'), ...bad },
  {
    section: '9112 2.3',
    requirement: 'a version that is not HTTP/1 is refused',
    send: ask('GET / HTTP/3.7', 'Host: x'),
    ...bad,
    comes: /^HTTP\/1.1 505 /,
  },
  {
    section: '9112 2.3',
    requirement: 'HTTP/1.0 is forwarded as HTTP/1.1',
    send: ask('GET / HTTP/1.0'),
    ...passes,
    seen: /^GET \/ HTTP\/1.1\r\n/,
  },
  {
    section: '9112 3',
    requirement: 'a request line with a space in its target is refused',
    send: ask('GET /a b HTTP/1.1', 'Host: x'),
    ...bad,
  },
  { section: '9112 3.2', requirement: 'no Host is refused', send: ask('GET / HTTP/1.1'), ...bad },
  { section: '9112 3.2', requirement: 'two Hosts are refused, alike or not', send: get('Host: x'), ...bad },
  { section: '9112 3.2', requirement: 'an invalid Host is refused', send: ask('GET / HTTP/1.1', 'Host: a/b'), ...bad },
  { section: '9112 3.2', requirement: 'a Host with userinfo is refused', send: ask('GET / HTTP/1.1', 'Host: me@x'), ...bad },
  {
    section: '9112 3.2',
    requirement: 'an IPv6 Host with a port passes',
    send: ask('GET / HTTP/1.1', 'Host: [::1]:80'),
    ...passes,
    seen: /\r\nHost: \[::1\]:80\r\n/,
  },
  { section: '9112 3.2.1', requirement: 'a fragment in a target is refused', send: ask('GET /#a HTTP/1.1', 'Host: x'), ...bad },
  {
    section: '9112 3.2.2',
    requirement: 'an absolute target is forwarded in origin form, with its authority as Host',
    send: ask('GET http://shop.test/a?b HTTP/1.1', 'Host: other'),
    ...passes,
    seen: /^GET \/a\?b HTTP\/1.1\r\nHost: shop.test\r\n/,
    seenNot: /other/,
  },
  {
    section: '9112 3.2.2',
    requirement: 'an absolute target without a path is /',
    send: ask('GET http://shop.test HTTP/1.1', 'Host: x'),
    ...passes,
    seen: /^GET \/ HTTP/,
  },
  {
    section: '9112 3.2.2',
    requirement: 'an absolute target with userinfo is refused',
    send: ask('GET http://a@x/ HTTP/1.1', 'Host: x'),
    ...bad,
  },
  {
    section: '9112 3.2.2',
    requirement: 'an absolute target of another scheme is refused',
    send: ask('GET ftp://x/ HTTP/1.1', 'Host: x'),
    ...bad,
  },
  {
    section: '9112 3.2.3',
    requirement: 'CONNECT is not forwarded',
    send: ask('CONNECT x:1 HTTP/1.1', 'Host: x:1'),
    ...bad,
    comes: /^HTTP\/1.1 405 [^]*Allow: /,
  },
  {
    section: '9112 3.2.4',
    requirement: 'OPTIONS * passes',
    send: ask('OPTIONS * HTTP/1.1', 'Host: x'),
    ...passes,
    seen: /^OPTIONS \* HTTP/,
  },
  {
    section: '9112 3.2.4',
    requirement: 'OPTIONS of an absolute target without a path is *',
    send: ask('OPTIONS http://x HTTP/1.1', 'Host: x'),
    ...passes,
    seen: /^OPTIONS \* HTTP/,
  },
  { section: '9112 5.1', requirement: 'space before a colon is refused', send: get('A : b'), ...bad },
  { section: '9112 5.2', requirement: 'a folded header of a request is refused', send: get('A: b\r\n c'), ...bad },
]

const bodies: readonly Row[] = [
  {
    section: '9112 6.1',
    requirement: 'Transfer-Encoding in HTTP/1.0 is refused',
    send: ask('POST / HTTP/1.0', 'Host: x', 'Transfer-Encoding: chunked') + '0\r\n\r\n',
    ...bad,
  },
  {
    section: '9112 6.1',
    requirement: 'an unknown transfer coding is 501',
    send: ask('POST / HTTP/1.1', 'Host: x', 'Transfer-Encoding: gzip, chunked') + '0\r\n\r\n',
    ...bad,
    comes: /^HTTP\/1.1 501 /,
  },
  {
    section: '9112 6.3',
    requirement: 'a coding whose last part is not chunked is refused',
    send: ask('POST / HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked, gzip') + '0\r\n\r\n',
    ...bad,
  },
  {
    section: '9112 6.3',
    requirement: 'the obsolete coding identity is refused',
    send: ask('POST / HTTP/1.1', 'Host: x', 'Transfer-Encoding: identity') + '0\r\n\r\n',
    ...bad,
  },
  {
    section: '9112 6.1',
    requirement: 'identity before chunks is 501',
    send: ask('POST / HTTP/1.1', 'Host: x', 'Transfer-Encoding: identity, chunked') + '0\r\n\r\n',
    ...bad,
    comes: /^HTTP\/1.1 501 /,
  },
  {
    section: '9112 6.3',
    requirement: 'length and chunks together are refused',
    send: ask('POST / HTTP/1.1', 'Host: x', 'Content-Length: 3', 'Transfer-Encoding: chunked') + '0\r\n\r\n',
    ...bad,
  },
  {
    section: '9112 6.3',
    requirement: 'two lengths are refused',
    send: ask('POST / HTTP/1.1', 'Host: x', 'Content-Length: 3', 'Content-Length: 4') + 'abcd',
    ...bad,
  },
  {
    section: '9112 6.3',
    requirement: 'an invalid length is refused',
    send: ask('POST / HTTP/1.1', 'Host: x', 'Content-Length: +3') + 'abc',
    ...bad,
  },
  {
    section: '9112 4',
    requirement: 'an answer whose reason phrase cannot be forwarded is an error of the version, and its client gets a 502',
    send: get(),
    backend: { default: answer('200 O\x01K', 'Content-Length: 2', '', 'ok') },
    ...breaks,
  },
  {
    section: '9112 6.3',
    requirement: 'an answer with length and chunks is an error of the version',
    send: get(),
    backend: { default: answer('200 OK', 'Content-Length: 2', 'Transfer-Encoding: chunked', '', '0\r\n\r\n') },
    ...breaks,
  },
  {
    section: '9112 6.3',
    requirement: 'an answer with an invalid length is an error of the version',
    send: get(),
    backend: { default: answer('200 OK', 'Content-Length: 2, 3', '', 'ok') },
    ...breaks,
  },
  {
    section: '9112 6.3',
    requirement: 'an unframed answer lasts until the backend closes',
    send: get(),
    backend: { default: answer('200 OK', '', 'ok') },
    closes: true,
    comes: /chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n$/,
    counts: [1, 0],
  },
  {
    section: '9112 6.1',
    requirement: 'an answer in identity is framed anew',
    send: get(),
    backend: { default: answer('200 OK', 'Transfer-Encoding: identity', '', 'ok') },
    closes: true,
    comes: /\r\n\r\n2\r\nok\r\n0\r\n\r\n$/,
    comesNot: /identity/,
    counts: [1, 0],
  },
  {
    section: '9112 6.1',
    requirement: 'an answer in a coding that was not requested is an error of the version',
    send: get(),
    backend: { default: answer('200 OK', 'Transfer-Encoding: gzip, chunked', '', '0\r\n\r\n') },
    ...breaks,
  },
  {
    section: '9112 6.1',
    requirement: 'no chunks go to HTTP/1.0, whatever its TE',
    send: ask('GET / HTTP/1.0', 'TE: chunked'),
    backend: { default: answer('200 OK', 'Transfer-Encoding: chunked', '', '2\r\nok\r\n0\r\n\r\n') },
    comes: /^HTTP\/1.1 200 OK\r\n[^]*\r\n\r\nok$/,
    comesNot: /chunked/i,
    counts: [1, 0],
  },
  {
    section: '9112 7.1.1',
    requirement: 'chunk extensions are dropped',
    send: ask('POST / HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked') + '3;a=b\r\nabc\r\n0\r\n\r\n',
    ...passes,
    seen: /\r\n\r\n3\r\nabc\r\n0\r\n\r\n$/,
  },
  {
    section: '9112 7.1.2',
    requirement: 'trailers pass, except those that frame or route',
    send:
      ask('POST / HTTP/1.1', 'Host: x', 'Trailer: X-Sum', 'Transfer-Encoding: chunked') +
      '0\r\nX-Sum: 1\r\nHost: y\r\nCookie: z\r\n\r\n',
    ...passes,
    seen: /trailer: X-Sum\r\n[^]*\r\n0\r\nX-Sum: 1\r\n\r\n$/,
    seenNot: /\r\n(Cookie|Host: y)/,
  },
  {
    section: '9112 7.4',
    requirement: 'TE is forwarded with trailers only, and named in Connection',
    send: get('TE: gzip, trailers;q=1, trailers'),
    ...passes,
    seen: /TE: trailers\r\n[^]*connection: TE\r\n/,
    seenNot: /gzip/,
  },
  {
    section: '9112 8',
    requirement: 'a cut answer is cut, and never looks complete',
    send: get(),
    backend: { default: answer('200 OK', 'Transfer-Encoding: chunked', '', '9\r\nha') },
    closes: true,
    comes: /ha/,
    comesNot: /0\r\n\r\n$/,
    counts: [1, 0],
  },
  {
    section: '9112 9.2',
    requirement: 'an answer without a request is not used',
    send: 'GET /a HTTP/1.1\r\nHost: x\r\n\r\n' + ask('GET /b HTTP/1.1', 'Host: x'),
    backend: { '/a': ok + answer('200 OK', 'Content-Length: 6', '', 'poison') },
    comes: /ok[^]*ok$/,
    comesNot: /poison/,
    counts: [2, 0],
  },
  {
    section: '9112 9.3.2',
    requirement: 'pipelined answers come in order',
    send: 'GET /slow HTTP/1.1\r\nHost: x\r\n\r\n' + ask('GET /b HTTP/1.1', 'Host: x'),
    backend: { '/slow': answer('200 OK', 'Content-Length: 4', '', 'slow') },
    comes: /slow[^]*ok$/,
    counts: [2, 0],
  },
  {
    section: '9112 9.3.2',
    requirement: 'an upgrade behind an answer in progress is an ordinary request',
    send: 'GET /slow HTTP/1.1\r\nHost: x\r\n\r\n' + switching + 'Connection: close\r\n\r\n',
    backend: { '/slow': answer('200 OK', 'Content-Length: 4', '', 'slow') },
    comes: /slow[^]*ok$/,
    seenNot: /upgrade/i,
    counts: [2, 0],
  },
]

const semantics: readonly Row[] = [
  {
    section: '9110 5.4',
    requirement: 'more than 2,000 headers pass, all of them',
    send: get(...Array.from({ length: 2_500 }, (_, at) => `A: ${at}`)),
    ...passes,
    seen: /A: 2499\r\n/,
  },
  {
    section: '9110 6.5',
    requirement: 'Trailer without chunks is dropped from a request',
    send: get('Trailer: X'),
    ...passes,
    seenNot: /trailer/i,
  },
  ...['HEAD / HTTP/1.1', 'GET / HTTP/1.0', 'HEAD / HTTP/1.0'].map(
    (line): Row => ({
      section: '9110 6.5',
      requirement: `Trailer in an answer to ${line} is dropped, and no error`,
      send: ask(line, 'Host: x'),
      backend: {
        default: answer(
          '200 OK',
          'Trailer: X',
          'Transfer-Encoding: chunked',
          '',
          line.startsWith('HEAD') ? '' : '2\r\nok\r\n0\r\nX: 1\r\n\r\n',
        ),
      },
      comes: /^HTTP\/1.1 200 OK\r\n/,
      comesNot: /trailer/i,
      counts: [1, 0],
    }),
  ),
  ...['204 No Content', '304 Not Modified'].map(
    (status): Row => ({
      section: '9110 6.5',
      requirement: `Trailer in a ${status} is dropped, and no error`,
      send: get(),
      backend: { default: answer(status, 'Trailer: X', '', '') },
      comes: new RegExp(`^HTTP/1.1 ${status}\r\n`),
      comesNot: /trailer/i,
      counts: [1, 0],
    }),
  ),
  {
    section: '9110 6.5',
    requirement: 'Trailer in an answer with a length is dropped, and no error',
    send: get(),
    backend: { default: answer('200 OK', 'Trailer: X', 'Content-Length: 2', '', 'ok') },
    ...passes,
    comesNot: /trailer/i,
  },
  {
    section: '9110 7.6.1',
    requirement: 'headers that Connection names are dropped, and Connection too',
    send: get('Connection: X-Hop', 'X-Hop: 1', 'Keep-Alive: 3', 'Proxy-Authorization: a', 'Proxy-Connection: b'),
    ...passes,
    seenNot: /x-hop|keep-alive: 3|proxy-/i,
  },
  {
    section: '9110 7.6.1',
    requirement: 'headers that frame a message cannot be named there',
    send: ask('POST / HTTP/1.1', 'Host: x', 'Connection: content-length, host', 'Content-Length: 3') + 'abc',
    ...passes,
    seen: /Content-Length: 3\r\n[^]*abc$/,
  },
  {
    section: '9110 7.6.1',
    requirement: "headers that an answer's Connection names are dropped",
    send: get(),
    backend: { default: answer('200 OK', 'Connection: X-Hop', 'X-Hop: 1', 'Content-Length: 2', '', 'ok') },
    ...passes,
    comesNot: /x-hop/i,
  },
  {
    section: '9110 7.8',
    requirement: 'an upgrade of HTTP/1.0 is ignored',
    send: ask('GET / HTTP/1.0', 'Connection: Upgrade', 'Upgrade: websocket'),
    ...passes,
    seenNot: /upgrade/i,
  },
  ...['a b', 'web\xe6ocket', ',websocket', 'websocket/', 'websocket/1/2', 'web"socket'].map((protocol) => ({
    section: '9110 7.8',
    requirement: `an upgrade to '${protocol}', which is no protocol, is ignored`,
    send: get('Connection: Upgrade', `Upgrade: ${protocol}`),
    ...passes,
    seenNot: /upgrade/i,
  })),
  {
    section: '9110 7.8',
    requirement: 'a switch to one of several protocols is forwarded',
    send: 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: IRC/6.9, websocket\r\n\r\n',
    backend: { default: answer('101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket', '', 'bytes') },
    closes: true,
    comes: /^HTTP\/1.1 101 [^]*bytes$/,
    counts: [1, 0],
  },
  {
    section: '9110 7.8',
    requirement: 'a switch is forwarded without a length',
    send: `${switching}\r\n`,
    backend: {
      default: answer('101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket', 'Content-Length: 0', '', 'bytes'),
    },
    closes: true,
    comes: /^HTTP\/1.1 101 [^]*bytes$/,
    comesNot: /content-length/i,
    counts: [1, 0],
  },
  {
    section: '9110 7.8',
    requirement: 'a switch to an unrequested protocol is an error of the version',
    send: `${switching}\r\n`,
    backend: { default: answer('101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: irc', '', '') },
    ...breaks,
  },
  {
    section: '9110 7.8',
    requirement: 'a switch with an unrequested transfer coding is an error of the version',
    send: `${switching}\r\n`,
    backend: {
      default: answer('101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket', 'Transfer-Encoding: gzip', '', ''),
    },
    ...breaks,
  },
  {
    section: '9110 7.8',
    requirement: 'an unrequested switch is an error of the version',
    send: get(),
    backend: { default: answer('101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket', '', '') },
    ...breaks,
  },
  {
    section: '9110 15.2.2',
    requirement: 'a bare 101 to a plain request is an error of the version',
    send: get(),
    backend: { default: answer('101 Switching Protocols', '', '') },
    ...breaks,
  },
  {
    section: '9110 15.2.2',
    requirement: 'a bare 101 to an upgrade is an error of the version',
    send: `${switching}\r\n`,
    backend: { default: answer('101 Switching Protocols', '', '') },
    ...breaks,
  },
  {
    section: '9110 8.6',
    requirement: 'no length in a 204',
    send: get(),
    backend: { default: answer('204 No Content', 'Content-Length: 0', '', '') },
    comes: /^HTTP\/1.1 204 /,
    comesNot: /content-length/i,
    counts: [1, 0],
  },
  {
    section: '9110 9.3.2',
    requirement: 'an answer to HEAD has its length and no body',
    send: ask('HEAD / HTTP/1.1', 'Host: x'),
    backend: { default: answer('200 OK', 'Content-Length: 42', '', '') },
    comes: /Content-Length: 42\r\n[^]*\r\n\r\n$/,
    counts: [1, 0],
  },
  {
    section: '9110 10.1.1',
    requirement: 'an expectation of HTTP/1.0 is ignored',
    send: ask('POST / HTTP/1.0', 'Host: x', 'Expect: 100-continue', 'Content-Length: 3') + 'abc',
    ...passes,
    seenNot: /expect/i,
  },
  {
    section: '9110 10.1.1',
    requirement: 'an unknown expectation is 417',
    send: get('Expect: wonders'),
    ...bad,
    comes: /^HTTP\/1.1 417 /,
  },
  ...['100 Continue', '102 Processing', '103 Early Hints'].flatMap((status): Row[] => {
    const hint = answer(status, ...(status.startsWith('103') ? ['Link: </a>; rel=preload'] : []), '', '')
    return [
      {
        section: '9110 15.2',
        requirement: `${status} passes to HTTP/1.1`,
        send: get(),
        backend: { default: hint + ok },
        comes: new RegExp(`^HTTP/1.1 ${status}\r\n[^]*HTTP/1.1 200 OK\r\n[^]*ok$`),
        counts: [1, 0],
      },
      {
        section: '9110 15.2',
        requirement: `${status} does not pass to HTTP/1.0`,
        send: ask('GET / HTTP/1.0'),
        backend: { default: hint + ok },
        ...passes,
        comesNot: /HTTP\/1.1 1/,
      },
    ]
  }),
  {
    section: '9110 15',
    requirement: 'an invalid status is an error of the version',
    send: get(),
    backend: { default: answer('042 What', 'Content-Length: 0', '', '') },
    ...breaks,
  },
  {
    section: '9112 4',
    requirement: 'an answer that is no HTTP is an error of the version',
    send: get(),
    backend: { default: 'hello\r\n\r\n' },
    ...breaks,
  },
]

const ours: readonly Row[] = [
  {
    section: 'threats',
    requirement: 'a client cannot choose the forwarding headers',
    send: get(
      'X-Forwarded-For: 10.0.0.1',
      'X_Forwarded_For: 1',
      'Forwarded: for=a',
      'X-Real-IP: 1',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: evil',
    ),
    ...passes,
    seen: /x-forwarded-for: 127.0.0.1\r\nx-forwarded-proto: http\r\nx-forwarded-host: x\r\n/,
    seenNot: /10.0.0.1|for=a|evil|X_|Real/,
  },
  {
    section: 'threats',
    requirement: "the console's session is not forwarded to a service",
    send: get('Cookie: a=1; holdfast_session=secret; b=2', 'Cookie: holdfast_session=secret'),
    ...passes,
    seen: /Cookie: a=1; b=2\r\n/,
    seenNot: /secret/,
  },
  {
    section: 'threats',
    requirement: "a service cannot set the console's session",
    send: get(),
    backend: {
      default: answer('200 OK', 'Set-Cookie: holdfast_session=mine', 'Set-Cookie: own=1', 'Content-Length: 2', '', 'ok'),
    },
    ...passes,
    comes: /own=1[^]*ok$/,
    comesNot: /mine/,
  },
]

export const rows: readonly Row[] = [...messages, ...bodies, ...semantics, ...ours]
