/** A cluster's network: it is reached only through a listener that is handed in, and removing it ends every process in it. */
import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { run } from '../../ops/components/component.ts'
import { startChild } from '../../ops/components/process.ts'
import { leaveOut } from '../left-out.ts'
import { inside, makeNetwork, networksOf, removeNetwork } from './network.ts'
import { addresses, homeOf } from './cluster-home.ts'

const server = `require('node:http').createServer((_, answer) => answer.end('from inside')).listen(8080, '${addresses.node}', () => console.log('up'))`

describe("a cluster's network", () => {
  let folder = ''
  const network = () => homeOf(folder, 'net').network

  before(async function () {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-network-'))
    await makeNetwork(network()).catch((error: Error) => leaveOut(this, error.message))
  })
  after(async () => {
    for (const name of ['net', 'second']) await removeNetwork(homeOf(folder, name).network)
    await rm(folder, { recursive: true, force: true })
  })

  it('is reached through a loopback listener that is handed into it, and has no address outside', async () => {
    const { command, args } = inside(network(), process.execPath, ['-e', server])
    const within = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] })
    await once(within.stdout, 'data')
    const listener = createServer().listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const { port } = listener.address() as AddressInfo
    const way = inside(network(), process.execPath, [join(import.meta.dirname, 'forward.ts'), addresses.node, '8080'])
    const forward = startChild({ ...way, env: process.env, logFile: join(folder, 'forward.log'), listener })
    const answer = await fetch(`http://127.0.0.1:${port}/`)
    expect(await answer.text()).to.equal('from inside')
    // A request to the node's address from outside of the network could leave this machine, so the test reads the table of addresses.
    expect((await run('ip', ['-4', '-o', 'addr'])).stdout).not.to.include(` ${addresses.node}/`)
    await forward.stop()
    within.kill()
    await once(within, 'exit')
  })

  it('is removed together with the networks of its pods, and every process in them is killed', async () => {
    const second = homeOf(folder, 'second').network
    await makeNetwork(second)
    const pod = `${second}-pod-1`
    await run('ip', ['netns', 'add', pod])
    const left = [second, pod].map(standing)
    await Promise.all(left.map((child) => once(child.stdout, 'data')))
    const ends = left.map((child) => once(child, 'exit'))
    await removeNetwork(second)
    for (const end of ends) expect(await end).to.deep.equal([null, 'SIGKILL'])
    expect(await networksOf(second)).to.deep.equal([])
    expect(await networksOf(network())).to.deep.equal([network()])
  })

  const standing = (where: string) => {
    const { command, args } = inside(where, process.execPath, ['-e', "console.log('up'); setInterval(() => {}, 1e6)"])
    return spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'], detached: true })
  }

  it('can be removed when it does not exist', () => removeNetwork(homeOf(folder, 'never').network))

  it('has another name for clusters in another folder', () => {
    expect(homeOf('/a', 'one').network).not.to.equal(homeOf('/b', 'one').network)
  })

  for (const name of ['', '../up', 'Großes', '-v', 'a'.repeat(32)])
    it(`does not accept the name '${name}'`, () => {
      expect(() => homeOf('/a', name)).to.throw(/is no name of a cluster/)
    })
})
