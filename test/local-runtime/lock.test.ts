import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { startRuntime } from '../stack/runtime.ts'

const main = join(import.meta.dirname, '../../local-runtime/main.ts')

describe('the folder of a runtime', function () {
  this.timeout(30_000)

  it('is for one runtime: a second one is refused in one line with the remedy, and the first continues', async () => {
    await using runtime = await startRuntime()
    const args = [main, '--home', runtime.home, '--socket', `${runtime.socket}2`]
    const second = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    second.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk))
    const [code] = (await once(second, 'close')) as [number | null]
    expect(code).to.equal(1)
    expect(JSON.parse(said)).to.include({ code: 'already-in-flight' }).and.have.property('hint').that.includes('--home')
    expect((await runtime.client.info()).metricsUrl).to.match(/^http:/)
  })

  it('is free again after a kill', async () => {
    await using runtime = await startRuntime()
    await runtime.kill()
    await runtime.start()
    expect((await runtime.client.info()).metricsUrl).to.match(/^http:/)
  })
})
