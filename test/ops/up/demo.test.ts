/** The demo of `npm start`, against recorded answers of the API: it sends requests whenever a version serves, whatever the API knew first. */
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createClient } from '../../../cli/client.ts'
import { createTerminal } from '../../../cli/terminal.ts'
import { runDemo } from '../../../ops/up/demo.ts'
import { release } from '../../cli/recorded-api.ts'

const ended = ['1.0.0', '1.1.0', '1.2.0'].map((version) => release({ version, outcome: 'succeeded', phase: null }))
const away = {
  status: 503,
  body: { code: 'database-unavailable', title: '', status: 503, detail: 'away', retry: true, type: '' },
}

/** How the API answers the first questions for the environment, before it names the users' address. */
const firstAnswers: readonly (readonly [what: string, status: number, body: unknown])[] = [
  ['has no answer of the data plane yet', 200, { traffic: null }],
  ['knows no address yet', 200, { traffic: { url: '' } }],
  ['cannot read its database', away.status, away.body],
]

describe('the demo', function () {
  this.timeout(60_000)

  for (const [what, status, body] of firstAnswers)
    it(`sends requests although the API at first ${what}`, async () => {
      const ending = new AbortController()
      await using api = await listening({ status, body }, () => ending.abort())
      const client = createClient({ url: api.url, token: async () => 'none' })
      const terminal = createTerminal({ stdout: silent, stderr: silent, color: 'never' })
      await runDemo({ client, home: tmpdir(), terminal, signal: ending.signal })
      expect(api.seen.filter((path) => path.endsWith('/environments/production'))).to.have.lengthOf.at.least(3)
      expect(api.seen).to.include('/users')
    })
})

const silent = { write: () => true, isTTY: false } as unknown as NodeJS.WriteStream

/** Answers the environment with `first` twice, then with its own address for users. `onUser` is called once the first user comes. */
async function listening(first: { readonly status: number; readonly body: unknown }, onUser: () => void) {
  const seen: string[] = []
  let asked = 0
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    seen.push(path)
    if (path === '/users') onUser()
    if (path.endsWith('/environments/production')) {
      asked += 1
      const users = { status: 200, body: { traffic: { url: `${url}/users` } } }
      const { status, body } = asked <= 2 ? first : users
      return answer(response, status, body)
    }
    return answer(response, 200, { items: path.endsWith('/releases') ? ended : [], next: null })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': status === 200 ? 'application/json' : 'application/problem+json' })
  response.end(JSON.stringify(body))
}
