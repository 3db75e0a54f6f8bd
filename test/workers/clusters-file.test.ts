/** A worker is started again beside a file of clusters that cannot be used, while services that run elsewhere need it. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { quickService, startRig } from '../stack/rig.ts'

describe('workers that start beside an unusable file of clusters', function () {
  this.timeout(120_000)

  it('log it, and release and revert local services all the same', async () => {
    await using resources = new AsyncDisposableStack()
    const folder = await mkdtemp(join(tmpdir(), 'hf-clusters-'))
    resources.defer(() => rm(folder, { recursive: true }))
    const file = join(folder, 'clusters.yaml')
    await writeFile(file, 'main: { kubecofnig: in-cluster }')
    const rig = resources.use(await startRig({ workerEnv: { HOLDFAST_CLUSTERS_FILE: file } }))
    for (const worker of ['act', 'analysis']) {
      const lines = (await readFile(join(rig.workers.logs, `${worker}.log`), 'utf8'))
        .split('\n')
        .filter((line) => line.startsWith('{'))
      const errors = lines.map((line) => JSON.parse(line) as { level: number; msg: string }).filter(({ level }) => level === 50)
      expect(errors.map(({ msg }) => msg).join('\n'), worker).to.match(
        new RegExp(
          `^bad settings: HOLDFAST_CLUSTERS_FILE names ${file}, which cannot be used: main\\.kubeconfig: .*kubecofnig"?$`,
        ),
      )
    }
    const strategy = { kind: 'blue-green', gate: null, progressDeadlineMs: 15_000, scaleDownDelayMs: 0 } as const
    await rig.declare(quickService('beside', strategy))
    expect(await rig.outcome(await rig.release('beside', '1.0.0'))).to.equal('succeeded')
    expect(await rig.outcome(await rig.release('beside', '1.1.0', { mode: 'crash' }))).to.equal('rolled-back')
  })
})
