import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:http'
import type { Socket } from 'node:net'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { startService } from '../stack/service.ts'
import { until } from '../stack/until.ts'

/**
 * A service with its version in every answer: an event stream at /events, an answer without its last byte at /page, and an echo on
 * upgraded connections.
 */
const program = `
  const { version } = JSON.parse(require('node:fs').readFileSync('behaviour.json', 'utf8'))
  require('node:http').createServer((request, response) => {
    if (request.url === '/page') return response.writeHead(200, { 'x-version': version, 'content-length': 2 }).write('a')
    if (request.url !== '/events') return response.end()
    response.writeHead(200, { 'x-version': version, 'content-type': 'text/event-stream' })
    response.write('data: ' + version + '\\n\\n')
  }).on('upgrade', (_, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\nX-Version: ' + version + '\\r\\n\\r\\n')
    socket.on('error', () => {}).pipe(socket)
  }).listen(process.env.PORT, process.env.HOST)`

interface Stream {
  readonly version: string
  readonly from: IncomingMessage | Socket
  isOver(): boolean
}

function streamOf(answer: IncomingMessage, from: IncomingMessage | Socket): Stream {
  let over = false
  from.on('error', () => {})
  from.on('close', () => (over = true))
  from.resume()
  return { version: String(answer.headers['x-version']), from, isOver: () => over }
}

const openAt = (path: string) => async (url: string) => {
  const [answer] = (await once(request(`${url}${path}`, { agent: false }).end(), 'response')) as [IncomingMessage]
  return streamOf(answer, answer)
}
const openEvents = openAt('/events')
const openPage = openAt('/page')

async function openSocket(url: string): Promise<Stream> {
  const headers = { connection: 'Upgrade', upgrade: 'websocket' }
  const [answer, socket] = (await once(request(url, { headers, agent: false }).end(), 'upgrade')) as [IncomingMessage, Socket]
  return streamOf(answer, socket)
}

/** One stream at each version. */
const openBoth = (open: (url: string) => Promise<Stream>, url: string) => {
  const found: Record<string, Stream> = {}
  return until('a stream at each version', async () => {
    const stream = await open(url)
    if (found[stream.version]) stream.from.destroy()
    else found[stream.version] = stream
    const { '1.0.0': stable, '1.1.0': canary } = found
    return stable && canary && { stable, canary }
  })
}

describe('a release that is reverted while users have streams open at its canary', function () {
  this.timeout(120_000)

  it('closes the event stream and the WebSocket there and not those at the stable version, which new ones reach', async () => {
    await using shop = await startService('streams', {
      rps: 0,
      target: { command: [process.execPath, '-e', program], drain: '60s' },
      strategy: { kind: 'canary', steps: [{ weight: 50 }], bake: { min: '1m', max: '4m' }, scaleDownDelay: '0s' },
    })
    const release = await shop.release('1.1.0')
    await release.phase('baking')
    const url = await shop.address()
    const [events, sockets] = [await openBoth(openEvents, url), await openBoth(openSocket, url)]
    const page = await openBoth(openPage, url)
    const all = [events, sockets, page].flatMap(({ stable, canary }) => [stable, canary])
    expect(all.map((stream) => stream.isOver())).to.not.include(true)

    await release.ask('abort')
    await until('both to be closed', () => events.canary.isOver() && sockets.canary.isOver())
    // The canary's process is still there and drains, so only the revert can have closed the streams.
    expect(page.canary.isOver(), 'the page in progress at the canary is cut').to.equal(false)
    page.canary.from.destroy()
    expect(await release.end()).to.equal('aborted')
    for (const open of [openEvents, openSocket]) {
      const stream = await open(url)
      expect(stream.version).to.equal('1.0.0')
      stream.from.destroy()
    }
    for (const { stable } of [events, sockets, page]) {
      expect(stable.isOver(), 'closed at the stable version').to.equal(false)
      stable.from.destroy()
    }
  })
})
