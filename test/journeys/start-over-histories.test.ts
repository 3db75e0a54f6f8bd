import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { ReleaseAnswer, StartedAnswer, read } from '../../cli/api-answers.ts'
import { freePort } from '../../adapters/free-port.ts'
import { whole } from '../../ops/up/bundle.ts'
import { demoArtifact } from '../stack/demo-artifact.ts'
import type { Started } from '../stack/npm-start.ts'
import { leftIn, npmStart } from '../stack/npm-start.ts'
import { createRunFolder } from '../stack/run-folder.ts'
import { until } from '../stack/until.ts'

const withoutDemo = { args: ['--no-demo'] }
const declaration = {
  kind: 'Service',
  name: 'shop',
  owners: ['test'],
  environments: [
    {
      name: 'production',
      target: { kind: 'local', command: [process.execPath, 'server.mjs'], replicas: 1, drain: '1s', grace: '1s' },
      strategy: { kind: 'blue-green', gate: 'manual', progressDeadline: '20s', scaleDownDelay: '0s' },
      watch: '1s',
    },
  ],
}

const releaseOf = async (stack: Started, id: string) =>
  read(ReleaseAnswer, (await stack.client().call({ method: 'GET', path: `/v1/releases/${id}` })).json)

async function release(stack: Started, version: string): Promise<string> {
  const body = { version, artifact: { path: demoArtifact(version) } }
  return read(StartedAnswer, (await stack.client().call({ method: 'POST', path: '/v1/services/shop/releases', body })).json).id
}

const outcome = (stack: Started, id: string) =>
  until(`outcome of ${id}`, async () => (await releaseOf(stack, id)).outcome, 120_000)

/** Leaves 1.0.0 stable and 1.1.0 at its gate. */
async function leaveOneOpen(folder: string, port: number): Promise<string> {
  await using stack = npmStart(folder, port, withoutDemo)
  await stack.seen(/Holdfast is up/, 90_000)
  await stack.client().call({ method: 'PUT', path: '/v1/services/shop', body: declaration })
  expect(await outcome(stack, await release(stack, '1.0.0'))).to.equal('succeeded')
  const id = await release(stack, '1.1.0')
  await until(`${id} at its gate`, async () => (await releaseOf(stack, id)).phase === 'gated')
  expect(await stack.interrupt()).to.equal(0)
  return id
}

/** Replaces the built bundle by one with other decisions. Returns the function that restores it. */
function changeWorkflows(folder: string): () => void {
  const cache = join(folder, 'home/cache')
  const [name = ''] = readdirSync(cache).filter((each) => each.startsWith('workflows-'))
  const code = readFileSync(join(cache, name), 'utf8')
  const changed = code.replaceAll('.prepare(', '.note(')
  expect(changed).to.not.equal(code)
  writeFileSync(join(cache, name), whole(changed.slice(changed.indexOf('\n') + 1)))
  return () => writeFileSync(join(cache, name), code)
}

describe('npm start over open workflows whose history the new code cannot replay', function () {
  this.timeout(300_000)

  it('refuses, names them and leaves nothing running; with the earlier code it starts and they continue', async () => {
    const [folder, port] = [await createRunFolder('start'), await freePort()]
    const id = await leaveOneOpen(folder, port)
    const putBack = changeWorkflows(folder)
    await using refused = npmStart(folder, port, withoutDemo)
    expect(await refused.exited, refused.lines.join('\n')).to.equal(1)
    const said = refused.lines.join('\n')
    expect(said).to.match(/error: this version cannot continue 1 of 2 open workflows/)
    expect(said).to.include(`rollout/shop/production/${id}`)
    expect(said).to.match(/hint: .*--terminate-unreplayable/)
    expect(said).to.not.match(/Holdfast is up/)
    expect(leftIn(folder)).to.deep.equal([])
    putBack()
    await using stack = npmStart(folder, port, withoutDemo)
    await stack.seen(/Holdfast is up/, 60_000)
    await stack.client().call({ method: 'POST', path: `/v1/releases/${id}/promote`, body: {} })
    expect(await outcome(stack, id)).to.equal('succeeded')
  })

  it('terminates them on request, and their traffic is reverted', async () => {
    const [folder, port] = [await createRunFolder('start'), await freePort()]
    const id = await leaveOneOpen(folder, port)
    changeWorkflows(folder)
    await using stack = npmStart(folder, port, { args: ['--no-demo', '--terminate-unreplayable'] })
    await stack.seen(new RegExp(`rollout/shop/production/${id} is terminated`), 60_000)
    await stack.seen(/Holdfast is up/, 60_000)
    expect(await outcome(stack, id)).to.equal('rolled-back')
  })
})
