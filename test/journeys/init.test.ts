import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { z } from 'zod'
import { createRunFolder } from '../stack/run-folder.ts'
import { startService } from '../stack/service.ts'
import { testStack } from '../stack/stack.ts'
import { until } from '../stack/until.ts'

const command = join(import.meta.dirname, '../../bin/holdfast.mjs')
const Environment = z.looseObject({ requestsPerSecond: z.number().nullable() })

describe('holdfast init of a service that is already running', function () {
  this.timeout(120_000)

  it('writes bakes that fit the measured traffic', async () => {
    await using shop = await startService('init-seen', { rps: 40 })
    const { stack, client, key } = await testStack()
    const path = `/v1/services/${shop.name}/environments/production`
    const seen = async () => Environment.parse((await client.call({ method: 'GET', path })).json).requestsPerSecond ?? 0
    await until('its traffic', async () => (await seen()) > 5)
    const folder = await createRunFolder('init')
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: shop.name, scripts: { start: 'node server.js' } }))
    const env = { ...process.env, XDG_CONFIG_HOME: folder, HOLDFAST_URL: stack.apiUrl, HOLDFAST_TOKEN: key, NO_COLOR: '1' }
    const { stdout } = await promisify(execFile)(process.execPath, [command, 'init'], { cwd: folder, env })
    const [, rps] = /at ([\d.]+) requests a second/.exec(stdout) ?? []
    expect(Number(rps), stdout).to.be.within(5, 60)
  })
})
