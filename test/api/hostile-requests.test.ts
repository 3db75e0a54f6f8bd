/** Requests that are never sent by mistake. The API answers each as the caller's fault, not as an internal failure. */
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { TestApi } from '../stack/api.ts'
import { startApi } from '../stack/api.ts'

/** The whole answer to these bytes. */
async function answerTo({ url }: TestApi, bytes: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  socket.write(bytes)
  return text(socket)
}

const cursorOf = (key: string) => Buffer.from(key).toString('base64url')

/** Queries with the status of their answer. */
const queries: readonly (readonly [path: string, status: number])[] = [
  ...['99999999999999999999d', `${'9'.repeat(400)}d`, '9000000d', '2026-02-30T00:00:00Z', '+099999-01-01T00:00:00Z'].flatMap(
    (instant) => [`since=${instant}`, `before=${instant}`].map((query) => [`/v1/releases?${query}`, 422] as const),
  ),
  ...[
    '0000-01-01T00:00:00Z x',
    '2026-02-30T00:00:00Z x',
    '2026-01-01T00:00:00+23:59 x',
    '2026-01-01T99:00:00Z x',
    '9999 x',
    '\0',
    '',
  ].flatMap((key) => ['releases', 'rollbacks', 'keys'].map((list) => [`/v1/${list}?cursor=${cursorOf(key)}`, 422] as const)),
  ['/v1/releases?limit=1&limit=2', 422],
  ['/v1/releases?limit=1e300', 422],
  ['/v1/releases?__proto__=1&constructor=2&hasOwnProperty=3', 422],
  [`/v1/releases?${Array.from({ length: 2_000 }, (_, index) => `a${index}`).join('&')}`, 422],
  ['/v1/releases?service=%ff%', 404],
  ['/v1/releases/none-1/looks?sinceMs=9007199254740991', 404],
  ['/v1/releases/none-1/looks?cursor=999999999999999', 404],
]

const names = [
  '%',
  '%ff%fe',
  '%00',
  'a%2fb',
  '..%2f..',
  '%ED%A0%80',
  'a'.repeat(10_000),
  '%D1%95hop',
  '%F0%9F%92%A5',
  '__proto__',
  '%0a',
]

/** Request targets with the first line of their answer. */
const targets: readonly (readonly [target: string, answer: RegExp])[] = [
  ['http://[::1', /^HTTP\/1\.1 404 /],
  ['http://127.0.0.1:99999/livez', /^HTTP\/1\.1 404 /],
  ['http://127.0.0.1/livez', /^HTTP\/1\.1 200 /],
  ['ftp://127.0.0.1/livez', /^HTTP\/1\.1 404 /],
  ['*', /^HTTP\/1\.1 404 /],
  ['//', /^HTTP\/1\.1 404 /],
  ['//[:/livez', /^HTTP\/1\.1 404 /],
  ['/livez#[', /^HTTP\/1\.1 (200|400) /],
]

describe('a hostile request', function () {
  this.timeout(60_000)

  it('is answered as its sender’s fault, whatever its query, path or target', async () => {
    await using api = await startApi()
    for (const [path, status] of queries) {
      const answer = await api.ask('GET', path)
      expect([answer.status, answer.json.status], `${path.slice(0, 80)}: ${answer.text.slice(0, 200)}`).to.deep.equal([
        status,
        status,
      ])
    }
    for (const name of names)
      for (const path of [
        `/v1/services/${name}`,
        `/v1/releases/${name}`,
        `/v1/releases/${name}/events`,
        `/v1/services/${name}/history`,
      ])
        expect((await api.ask('GET', path)).status, path.slice(0, 80)).to.equal(404)
    for (const [target, answer] of targets)
      expect(await answerTo(api, `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`), target).to.match(
        answer,
      )
    expect(api.output()).not.to.match(/request failed|answer failed|Warning/)
  })

  it('is refused when it names two hosts, because other servers may read the second one', async () => {
    await using api = await startApi()
    const withHosts = (hosts: string) => answerTo(api, `GET /livez HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`)
    expect(await withHosts('Host: 127.0.0.1\r\n')).to.match(/^HTTP\/1\.1 200 /)
    for (const hosts of [
      'Host: 127.0.0.1\r\nHost: evil\r\n',
      'Host: evil\r\nHost: 127.0.0.1\r\n',
      'Host: 127.0.0.1\r\nHost: 127.0.0.1\r\n',
    ])
      expect(await withHosts(hosts), hosts).to.match(/^HTTP\/1\.1 403 /)
  })
})
