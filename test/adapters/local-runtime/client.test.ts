/** Answers of a runtime that break off or never end: each is one problem, which says that the runtime does not answer. */
import { once } from 'node:events'
import { mkdtempDisposableSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { RuntimeClient } from '../../../adapters/local-runtime/client.ts'
import { createRuntimeClient } from '../../../adapters/local-runtime/client.ts'
import { isProblem } from '../../../domain/problem.ts'

/** How a client fails whose runtime answers like this. */
async function failureOf(answer: RequestListener, work: (client: RuntimeClient) => Promise<unknown>) {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'hf-client-'))
  const socket = join(folder.path, 's')
  const server = createServer(answer).listen(socket)
  await once(server, 'listening')
  const client = createRuntimeClient(socket)
  try {
    return await work(client).catch((error: unknown) => error)
  } finally {
    server.closeAllConnections()
    server.close()
    await client.close()
  }
}

describe('the client of the local runtime', function () {
  this.timeout(60_000)

  const half: RequestListener = (_, response) => void response.writeHead(200, { 'content-length': '100' }).write('{')
  const answers: readonly (readonly [string, RequestListener])[] = [
    ['that breaks off', (request, response) => (half(request, response), setImmediate(() => request.socket.destroy()))],
    ['that does not begin in time', () => {}],
    ['that does not end in time', half],
  ]
  for (const [what, answer] of answers)
    it(`says of an answer ${what} that the runtime does not answer`, async () => {
      for (const work of [
        (client: RuntimeClient) => client.anyInfo(300),
        (client: RuntimeClient) => client.info(300),
        (client: RuntimeClient) => client.ports(300),
      ]) {
        const failure = await failureOf(answer, work)
        expect(isProblem(failure, 'target-unavailable') && failure.message).to.equal('the local runtime does not answer')
      }
    })
})
