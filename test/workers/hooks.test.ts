import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { HookCall } from '../../adapters/hook.ts'
import { createHooks } from '../../workers/hooks.ts'
import { demoArtifact } from '../stack/demo-artifact.ts'
import { startRuntime } from '../stack/runtime.ts'

const callTo = (command: readonly string[]): HookCall => ({
  hook: { command, timeoutMs: 10_000, required: true },
  moment: 'before',
  idempotencyKey: 'rollout/shop/production/shop-2#3.before.0.1',
  release: 'shop-2',
  service: 'shop',
  environment: 'production',
  version: '1.1.0',
  stableVersion: '1.0.0',
  phase: 'starting',
  step: 1,
  weightPercent: 0,
  reason: null,
})

describe('the command of a hook', function () {
  this.timeout(30_000)

  it('runs in its own working copy of the artifact, which is removed afterwards', async () => {
    await using runtime = await startRuntime()
    const { digest } = await runtime.client.importArtifact(demoArtifact('1.1.0'))
    const hook = createHooks([])
    const never = new AbortController().signal
    // Both runs are equal: the second finds nothing of the first.
    const program = `const fs = require('node:fs')
      if (process.cwd() !== process.argv[1] || !fs.readFileSync('behaviour.json', 'utf8').includes('1.1.0')) process.exit(2)
      fs.writeFileSync('behaviour.json', ''); fs.writeFileSync('left', '', { flag: 'wx' })`
    for (let time = 0; time < 2; time += 1)
      expect(await hook(callTo([process.execPath, '-e', program, '{artifact}']), never, digest, runtime.client)).to.include({
        ok: true,
      })
    expect(readdirSync(join(runtime.home, 'working'))).to.deep.equal([])
  })

  it('fails with the remedy when the artifact is gone', async () => {
    await using runtime = await startRuntime()
    const { ok, detail } = await createHooks([])(
      callTo(['true']),
      new AbortController().signal,
      `sha256:${'0'.repeat(64)}`,
      runtime.client,
    )
    expect(ok).to.equal(false)
    expect(detail).to.match(/is not in the store: release it again by its path/)
  })
})
