/**
 * An API server that answers badly, or not at all, and a kubeconfig that cannot be obeyed: each is one sentence. A small server on loopback
 * answers what the real one cannot be made to.
 */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createPlain } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { connect, createServer as createTcp } from 'node:net'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { stringify } from 'yaml'
import type { ApiServer } from '../../../adapters/kubernetes/api-server.ts'
import { createApiServer } from '../../../adapters/kubernetes/api-server.ts'
import type { Bounds } from '../../../adapters/kubernetes/requests.ts'
import { Problem } from '../../../domain/problem.ts'
import { authority, serverPair } from '../../stack/certificates.ts'
import { until } from '../../stack/until.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void
/** Those of a loaded machine. A test of a bound sets that one. */
const patient: Bounds = { openMs: 60_000, connectMs: 60_000, answerMs: 60_000, mostBytes: 65_536 }

type Keys = Readonly<Record<string, unknown>>

const record = { kind: 'ConfigMap', metadata: { name: 'x', namespace: 'shop', uid: 'u', resourceVersion: '7' } }
const status = (reason: string, message: string) => ({ kind: 'Status', status: 'Failure', reason, message })
const answering =
  (httpStatus: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Handler =>
  (_, response) => {
    response.writeHead(httpStatus, headers)
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
const base64 = (text: string): string => Buffer.from(text).toString('base64')

describe('the client of an API server', function () {
  this.timeout(60_000)
  let folder = ''
  let handler: Handler = answering(200, record)
  const server = createServer(serverPair, (request, response) => handler(request, response))
  const opened: ApiServer[] = []
  let files = 0

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'api-server-'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    // The vendor's package takes seconds to load. Its first load is not what these tests measure.
    await import('@kubernetes/client-node')
  })
  after(async () => {
    await Promise.all(opened.map((one) => one.close()))
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await rm(folder, { recursive: true, force: true })
  })

  const address = (port = (server.address() as AddressInfo).port) => `https://127.0.0.1:${port}`
  /** A client with a kubeconfig of its own. */
  async function client(
    cluster: Keys = {},
    user: Keys = { token: 'secret-token' },
    more: Keys = {},
    bounds = patient,
  ): Promise<ApiServer> {
    const file = join(folder, `kubeconfig-${++files}`)
    const config = {
      clusters: [{ name: 'c', cluster: { server: address(), 'certificate-authority-data': base64(authority), ...cluster } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
      ...more,
    }
    await writeFile(file, stringify(config))
    const one = createApiServer('eu-1', { kubeconfig: file, owners: {} }, bounds)
    opened.push(one)
    return one
  }
  const read = (one: ApiServer) => one.read('ConfigMap', 'shop', 'x')
  const problemOf = (work: Promise<unknown>): Promise<Problem> =>
    work.then(
      () => expect.fail('it was accepted'),
      (error: unknown) => (error instanceof Problem ? error : expect.fail(String(error))),
    )
  const told = async (work: Promise<unknown>): Promise<string> => {
    const { code, message } = await problemOf(work)
    expect(message).to.not.match(/\n|secret-/)
    return `${code}: ${message}`
  }

  const answers: readonly (readonly [string, Handler, string])[] = [
    [
      'a credential that is not accepted',
      answering(401, status('Unauthorized', 'Unauthorized')),
      "target-unavailable: eu-1 does not accept Holdfast's credential to get configmaps in namespace shop",
    ],
    [
      'a missing right',
      answering(
        403,
        status('Forbidden', 'configmaps "x" is forbidden: User "h" cannot get resource "configmaps" in API group ""'),
      ),
      'not-permitted-target: Holdfast may not get configmaps in namespace shop of eu-1',
    ],
    [
      'a gateway that forbids it',
      answering(403, '<html>no</html>'),
      'not-permitted-target: Holdfast may not get configmaps in namespace shop of eu-1',
    ],
    ['a gateway without an API server', answering(502, '<html>bad gateway</html>'), 'target-unavailable: eu-1 answers 502'],
    [
      'a failure of its own',
      answering(500, status('InternalError', 'etcdserver: leader changed')),
      'target-unavailable: eu-1 answers 500: etcdserver: leader changed',
    ],
    [
      'a redirect',
      answering(302, '', { location: 'https://127.0.0.1:1/' }),
      'target-unavailable: eu-1 answers 302, which is no answer of Kubernetes',
    ],
    [
      'a 404 that is not of the API server, which would read as an absent object',
      answering(404, '404 page not found'),
      'target-unavailable: there is no configmaps in namespace shop of eu-1: ',
    ],
    [
      'something else than an object',
      answering(200, '<html>welcome</html>'),
      'target-unavailable: the answer of eu-1 about configmaps is not one of Kubernetes: it: Invalid input: expected object, received null',
    ],
    [
      'a reset connection',
      (request) => request.socket.destroy(),
      'target-unavailable: eu-1 does not answer to get configmaps: the connection was closed before the answer',
    ],
    [
      'an answer without an end',
      (_, response) => {
        const more = () => {
          while (response.write(Buffer.alloc(1_048_576, ' ')));
        }
        response.on('drain', more)
        more()
      },
      'target-unavailable: the answer of eu-1 to get configmaps is too long',
    ],
  ]
  for (const [what, answer, expected] of answers)
    it(`tells ${what} in one sentence`, async () => {
      handler = answer
      expect(await told(read(await client()))).to.equal(expected)
    })

  it('tells an answer that does not come in time in one sentence', async () => {
    handler = () => {}
    expect(await told(read(await client({}, {}, {}, { ...patient, answerMs: 50 })))).to.equal(
      'target-unavailable: eu-1 does not answer to get configmaps in time',
    )
  })

  it('tells a connection that is refused in one sentence', async () => {
    // The port of the near end of a connection is in use, so that nothing else can listen there.
    const tcp = createTcp((far) => held.push(far))
    const held: Socket[] = []
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve))
    const near = connect((tcp.address() as AddressInfo).port, '127.0.0.1')
    await once(near, 'connect')
    const refused = await told(read(await client({ server: address(near.localPort) }))).finally(() => {
      for (const socket of [near, ...held]) socket.destroy()
      tcp.close()
    })
    expect(refused).to.equal('target-unavailable: eu-1 does not answer to get configmaps: the connection was refused')
  })

  it('tells faults of certificates in one sentence each', async () => {
    handler = answering(200, record)
    const plain = createPlain(answering(200, record))
    const port = await new Promise<number>((resolve) =>
      plain.listen(0, '127.0.0.1', () => resolve((plain.address() as AddressInfo).port)),
    )
    const rows: readonly (readonly [Keys, Keys, string])[] = [
      [
        { 'certificate-authority-data': undefined },
        {},
        'the certificate of eu-1 is not accepted: its authority is not the one of the kubeconfig',
      ],
      [
        { 'certificate-authority-data': base64(serverPair.cert) },
        {},
        'the certificate of eu-1 is not accepted: its authority is not the one of the kubeconfig',
      ],
      [
        { 'tls-server-name': 'other.example' },
        {},
        'the certificate of eu-1 is not accepted: it is for another host than the server of the kubeconfig',
      ],
      [{ server: `https://127.0.0.1:${port}` }, {}, 'eu-1 does not speak TLS at the address of the kubeconfig'],
      [
        {},
        { 'client-certificate-data': base64('no certificate'), 'client-key-data': base64('no key') },
        'the certificates in the kubeconfig of eu-1 cannot be read',
      ],
    ]
    try {
      for (const [cluster, user, expected] of rows)
        expect(await told(read(await client(cluster, user)))).to.equal(`target-unavailable: ${expected}`)
    } finally {
      plain.closeAllConnections()
      await new Promise((resolve) => plain.close(resolve))
    }
  })

  it('waits as long as the API server asks before it sends again, and sends nothing meanwhile when that is long', async () => {
    const seen: number[] = []
    const throttled =
      (seconds: string): Handler =>
      (request, response) => {
        seen.push(performance.now())
        const answer =
          seen.length === 1
            ? answering(429, status('TooManyRequests', 'wait'), { 'retry-after': seconds })
            : answering(200, record)
        answer(request, response)
      }
    handler = throttled('1')
    expect((await read(await client()))?.metadata.uid).to.equal('u')
    expect((seen[1] ?? 0) - (seen[0] ?? 0)).to.be.at.least(990)
    seen.length = 0
    handler = throttled('30')
    const one = await client()
    expect(await told(read(one))).to.equal('target-unavailable: eu-1 answers 429: wait')
    expect(await told(read(one))).to.match(/^target-unavailable: eu-1 asks for no request within the next (2\d|30) s$/)
    expect(seen).to.have.length(1)
  })

  const unusable: readonly (readonly [string, Keys, Keys, Keys, string])[] = [
    [
      'a proxy of another kind',
      { 'proxy-url': 'socks5://127.0.0.1:1' },
      {},
      {},
      'its proxy-url is socks5, and Holdfast goes through http and https proxies only',
    ],
    [
      'a server without TLS',
      { server: 'http://127.0.0.1:1' },
      {},
      {},
      'its server has no TLS, and insecure-skip-tls-verify is not true',
    ],
    ['no server', { server: undefined }, {}, {}, 'it names no server'],
    ['groups to act as', {}, { token: 'secret-token', 'as-groups': ['a'] }, {}, 'Holdfast does not know as-groups of a user'],
    [
      'a provider of credentials',
      {},
      { 'auth-provider': { name: 'vault' } },
      {},
      'Holdfast does not know the auth-provider vault',
    ],
    [
      'a key of a cluster',
      { 'certificate-authoritie': 'x' },
      {},
      {},
      'Holdfast does not know certificate-authoritie of a cluster',
    ],
    [
      'a plugin that needs a terminal',
      {},
      { exec: { command: 'x', interactiveMode: 'Always' } },
      {},
      'its plugin needs a terminal',
    ],
    [
      'a plugin that needs the cluster',
      {},
      { exec: { command: 'x', provideClusterInfo: true } },
      {},
      'its plugin needs provideClusterInfo, which Holdfast does not give',
    ],
    ['no such user', {}, {}, { users: [] }, 'it has no user u'],
    ['no such context', {}, {}, { 'current-context': 'y' }, 'it has no context y'],
    ['no current context', {}, {}, { 'current-context': '' }, 'it names no current context'],
  ]
  for (const [what, cluster, user, more, expected] of unusable)
    it(`refuses a kubeconfig with ${what}, and sends nothing`, async () => {
      handler = () => expect.fail('a request was sent')
      expect(await told(read(await client(cluster, user, more)))).to.equal(
        `target-unavailable: the kubeconfig of eu-1 cannot be used: ${expected}`,
      )
    })

  /** The headers that the server gets of a user. */
  async function headersOf(user: Keys): Promise<IncomingMessage['headers']> {
    const seen = Promise.withResolvers<IncomingMessage['headers']>()
    handler = (request, response) => {
      seen.resolve(request.headers)
      answering(200, record)(request, response)
    }
    await read(await client({}, user))
    return seen.promise
  }
  async function plugin(script: string): Promise<string> {
    const file = join(folder, `plugin-${++files}`)
    await writeFile(file, `#!/bin/sh\n${script}\n`)
    await chmod(file, 0o700)
    return file
  }
  const credential = JSON.stringify({ kind: 'ExecCredential', status: { token: 'of-plugin' } })

  it('sends what a kubeconfig has: a token, a file of one, a name and a password, or what a plugin answers', async () => {
    await writeFile(join(folder, 'token'), 'of-file')
    const command = await plugin(`echo '${credential}'`)
    const rows: readonly (readonly [Keys, string | undefined])[] = [
      [{ token: 'plain' }, 'Bearer plain'],
      [{ tokenFile: 'token' }, 'Bearer of-file'],
      [{ tokenFile: join(folder, 'token'), token: 'older' }, 'Bearer of-file'],
      [{ username: 'ann', password: 'pass:word' }, `Basic ${base64('ann:pass:word')}`],
      [{ exec: { apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'Never' } }, 'Bearer of-plugin'],
      [{}, undefined],
    ]
    for (const [user, expected] of rows) expect((await headersOf(user)).authorization, JSON.stringify(user)).to.equal(expected)
    expect((await headersOf({ token: 'plain', as: 'bob' }))['impersonate-user']).to.equal('bob')
  })

  it('goes through the proxy of a kubeconfig, and tells one that refuses', async () => {
    const tunnels: string[] = []
    let isOpen = true
    const sockets = new Set<Socket>()
    const proxy = createPlain((_, response) => response.writeHead(400).end())
    proxy.on('connect', ({ url = '', headers }: IncomingMessage, socket: Socket) => {
      sockets.add(socket)
      tunnels.push(`${url} ${headers['proxy-authorization']}`)
      if (!isOpen) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      const [host, port] = url.split(':')
      const there = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        there.pipe(socket)
        socket.pipe(there)
      })
      for (const [one, other] of [[there, socket] as const, [socket, there] as const]) one.on('error', () => other.destroy())
    })
    const port = await new Promise<number>((resolve) =>
      proxy.listen(0, '127.0.0.1', () => resolve((proxy.address() as AddressInfo).port)),
    )
    try {
      handler = answering(200, record)
      const through = { 'proxy-url': `http://ann:pass@127.0.0.1:${port}` }
      expect((await read(await client(through)))?.metadata.uid).to.equal('u')
      expect(tunnels).to.deep.equal([`${address().slice('https://'.length)} Basic ${base64('ann:pass')}`])
      isOpen = false
      expect(await told(read(await client(through)))).to.equal(
        'target-unavailable: eu-1 does not answer to get configmaps: its proxy refused the connection',
      )
    } finally {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => proxy.close(resolve))
    }
  })

  it('does not wait for a plugin that hangs, and tells one that fails', async () => {
    const pid = join(folder, 'pid')
    const command = await plugin(`echo $$ > '${pid}'; exec cat > /dev/null`)
    const hanging = await client({}, { exec: { command } }, {}, { ...patient, openMs: 50 })
    try {
      expect(await told(read(hanging))).to.equal('target-unavailable: the kubeconfig of eu-1 gave no credential within 0.05 s')
      expect(await told(read(hanging))).to.equal('target-unavailable: the kubeconfig of eu-1 gave no credential within 0.05 s')
    } finally {
      process.kill(Number(await until('the pid of the plugin', async () => (await readFile(pid, 'utf8').catch(() => '')).trim())))
    }
    const failing = await client({}, { exec: { command: await plugin('echo secret-reason >&2; exit 1') } })
    const problem = await problemOf(read(failing))
    expect([problem.message, problem.cause]).to.deep.equal(['the kubeconfig of eu-1 cannot be used', undefined])
  })

  it('hands on nothing of a kubeconfig that is only half written, because errors get into histories', async () => {
    const file = join(folder, 'half')
    await writeFile(file, 'users: [{ name: u, user: { token: "not-to-be-seen')
    const problem = await problemOf(read(createApiServer('eu-1', { kubeconfig: file, owners: {} }, patient)))
    expect([problem.message, problem.cause]).to.deep.equal(['the kubeconfig of eu-1 cannot be used: it is no YAML', undefined])
  })

  it('tells what the API server refuses from what a pod answers with the same status', async () => {
    const asked = { verb: 'get', resource: 'services/proxy', namespace: 'shop' }
    const server = await client()
    handler = answering(403, status('Forbidden', 'cannot get resource "services/proxy" in API group "" in the namespace "shop"'))
    expect(await told(server.text(asked, '/x'))).to.equal(
      'not-permitted-target: Holdfast may not get services/proxy in namespace shop of eu-1',
    )
    handler = answering(403, { error: 'no user' })
    expect((await server.text(asked, '/x')).httpStatus).to.equal(403)
  })

  it('reads the kubeconfig anew after its credential was not accepted', async () => {
    const file = join(folder, 'token')
    const command = await plugin(`cat '${file}'`)
    await writeFile(file, credential)
    handler = (request, response) => {
      const isRenewed = request.headers.authorization === 'Bearer renewed'
      const answer = isRenewed ? answering(200, record) : answering(401, status('Unauthorized', 'Unauthorized'))
      answer(request, response)
    }
    const one = await client({}, { exec: { command } })
    expect((await problemOf(read(one))).code).to.equal('target-unavailable')
    await writeFile(file, credential.replace('of-plugin', 'renewed'))
    expect((await read(one))?.metadata.uid).to.equal('u')
  })
})
