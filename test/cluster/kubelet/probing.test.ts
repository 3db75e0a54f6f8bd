import type { V1Probe } from '@kubernetes/client-node'
import { expect } from 'chai'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ask, portOf } from './probing.ts'

const never = () => Promise.reject(new Error('no command is run here'))

async function listening() {
  const server = createServer((request, response) => {
    if (request.url === '/hangs') return
    response.statusCode = request.url === '/ready' ? 200 : request.url === '/moved' ? 302 : 503
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const asked = (probe: V1Probe) => ask(probe, { name: 'app' }, '127.0.0.1', never)

describe('a probe', () => {
  it('passes with a status of 200 to 399, and fails with the status in its message', async () => {
    await using server = await listening()
    const { port } = server
    expect(await asked({ httpGet: { port, path: '/ready' } })).to.include({ isWell: true })
    expect(await asked({ httpGet: { port, path: '/moved' } })).to.include({ isWell: true })
    const failed = { isWell: false, message: 'HTTP probe failed with statuscode: 503' }
    expect(await asked({ httpGet: { port, path: '/down' } })).to.deep.equal(failed)
  })

  it('fails when nothing answers within its timeout', async () => {
    await using server = await listening()
    const answer = await asked({ httpGet: { port: server.port, path: '/hangs' }, timeoutSeconds: 1 })
    expect(answer.isWell).to.equal(false)
    expect(answer.message).to.match(/^Get "http:.*\/hangs": context deadline exceeded/)
  })

  it('fails when no server listens, by HTTP and by TCP, with the words of a kubelet', async () => {
    let port: number
    {
      await using server = await listening()
      port = server.port
      expect(await asked({ tcpSocket: { port } })).to.include({ isWell: true })
    }
    const refused = `dial tcp 127.0.0.1:${port}: connect: connection refused`
    expect(await asked({ tcpSocket: { port } })).to.deep.equal({ isWell: false, message: refused })
    expect((await asked({ httpGet: { port } })).message).to.equal(`Get "http://127.0.0.1:${port}/": ${refused}`)
  })

  const wrong: readonly (readonly [what: string, probe: V1Probe])[] = [
    ['a port by a name that no container has', { httpGet: { port: 'web' } }],
    ['the same port by TCP', { tcpSocket: { port: 'web' } }],
    ['a port that is none', { tcpSocket: { port: 70_000 } }],
    ['a path with a line break', { httpGet: { port: 80, path: '/a\nb' } }],
    ['a header with a line break', { httpGet: { port: 80, httpHeaders: [{ name: 'a', value: 'b\nc' }] } }],
    ['a header without a name', { httpGet: { port: 80, httpHeaders: [{ name: '', value: 'b' }] } }],
    ['a scheme that is none', { httpGet: { port: 9, scheme: 'FTP' } }],
    ['nothing', {}],
  ]
  for (const [what, probe] of wrong)
    it(`fails when it names ${what}, and the kubelet goes on`, async () => {
      expect(await asked(probe)).to.include({ isWell: false })
    })

  it('finds a port by its name', () => {
    expect(portOf({ name: 'app', ports: [{ name: 'web', containerPort: 8080 }] }, 'web')).to.equal(8080)
  })
})
