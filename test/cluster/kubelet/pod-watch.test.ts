import { expect } from 'chai'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { followPods } from './pod-watch.ts'

const pod = (uid: string, resourceVersion: string) => ({ metadata: { uid, name: uid, namespace: 'shop', resourceVersion } })

/** An API server that answers each list and each watch with the next row of its script. A watch without a row stays open. */
async function apiServer(lists: readonly object[], watches: readonly ((response: ServerResponse) => void)[]) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? '', 'http://server').searchParams
    const isWatch = query.get('watch') === 'true'
    const number = asked.filter((each) => each.startsWith(isWatch ? 'watch' : 'list')).length
    asked.push(isWatch ? `watch ${query.get('resourceVersion')}` : `list ${query.get('fieldSelector')}`)
    if (isWatch) {
      const script = watches[number]
      if (script) script(response)
      else response.flushHeaders()
      return
    }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(lists[Math.min(number, lists.length - 1)]))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const config = new KubeConfig()
  const { port } = server.address() as AddressInfo
  config.loadFromClusterAndUser({ name: 'c', server: `http://127.0.0.1:${port}`, skipTLSVerify: true }, { name: 'u' })
  return {
    asked,
    config,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const sends =
  (...events: readonly (readonly [type: string, object: object])[]) =>
  (response: ServerResponse): void => {
    for (const [type, object] of events) response.write(`${JSON.stringify({ type, object })}\n`)
    response.end()
  }

/** What the listener was told, up to the line `last`. */
async function heardUntil(last: string, config: KubeConfig): Promise<string[]> {
  const heard: string[] = []
  const over = new AbortController()
  const hear = (line: string): void => {
    heard.push(line)
    if (line === last) over.abort()
  }
  const listener = {
    onList: (pods: readonly { metadata?: { uid?: string } }[]) =>
      hear(`list ${pods.map(({ metadata }) => metadata?.uid).join(' ')}`),
    onPod: ({ metadata }: { metadata?: { uid?: string } }) => hear(`pod ${metadata?.uid}`),
    onGone: (uid: string) => hear(`gone ${uid}`),
  }
  await followPods(config, config.makeApiClient(CoreV1Api), 'here', listener, over.signal)
  return heard
}

describe('the pods of a node', () => {
  it('are listed by node, and then watched from the version of the list', async () => {
    const list = { metadata: { resourceVersion: '10' }, items: [pod('a', '9')] }
    await using server = await apiServer([list], [sends(['ADDED', pod('b', '11')], ['DELETED', pod('a', '12')])])
    expect(await heardUntil('gone a', server.config)).to.deep.equal(['list a', 'pod b', 'gone a'])
    expect(server.asked.slice(0, 2)).to.deep.equal(['list spec.nodeName=here', 'watch 10'])
  })

  it('are watched from the last event on, bookmarks included, when a watch has ended', async () => {
    const list = { metadata: { resourceVersion: '10' }, items: [] }
    const watches = [sends(['ADDED', pod('a', '11')]), sends(['BOOKMARK', pod('', '30')]), sends(['MODIFIED', pod('last', '31')])]
    await using server = await apiServer([list], watches)
    await heardUntil('pod last', server.config)
    expect(server.asked.slice(1, 4)).to.deep.equal(['watch 10', 'watch 11', 'watch 30'])
  })

  const tooOld: readonly (readonly [title: string, watch: (response: ServerResponse) => void])[] = [
    ['by an event', sends(['ERROR', { kind: 'Status', code: 410, reason: 'Expired' }])],
    ['by its status', (response) => response.writeHead(410).end()],
  ]
  for (const [title, watch] of tooOld) {
    it(`are listed again when the server says ${title} that the version is too old`, async () => {
      const first = { metadata: { resourceVersion: '10' }, items: [pod('a', '9')] }
      const second = { metadata: { resourceVersion: '50' }, items: [pod('b', '49')] }
      await using server = await apiServer([first, second], [watch, sends(['ADDED', pod('c', '51')])])
      expect(await heardUntil('pod c', server.config)).to.deep.equal(['list a', 'list b', 'pod c'])
      expect(server.asked.at(-1)).to.equal('watch 50')
    })
  }
})
