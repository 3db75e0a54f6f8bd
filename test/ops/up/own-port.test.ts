import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { ownPort } from '../../../ops/up/own-port.ts'

describe('a port of npm start', () => {
  it('is refused with what names another one when a program listens there, and free otherwise', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const refused = await ownPort(port, "'npm start -- --port PORT'").catch((error: unknown) => error)
    server.close()
    await once(server, 'close')
    expect(refused).to.deep.include({
      code: 'port-taken',
      message: `port ${port} is taken`,
      hint: "stop the program that listens there, or choose another port by 'npm start -- --port PORT'",
    })
    expect(await ownPort(port, 'HOLDFAST_METRICS_PORT')).to.equal(port)
  })
})
