import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { builtWorkflows, bundledFrom } from '../../ops/up/bundle.ts'
import { unreplayable } from '../../ops/up/replay.ts'
import type { Recorded } from '../histories/recorded.ts'
import { recordedHistories } from '../histories/recorded.ts'

const root = join(import.meta.dirname, '../..')

/** Bundles the sources with `from` replaced by `to` in one file, into `folder`. Resolves with the path. */
async function changedBundle(folder: string, file: string, from: string, to: string): Promise<string> {
  for (const room of ['workflows', 'domain', 'activities', 'adapters', 'package.json'])
    cpSync(join(root, room), join(folder, room), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const source = readFileSync(join(folder, file), 'utf8')
  expect(source).to.include(from)
  writeFileSync(join(folder, file), source.replace(from, to))
  const bundle = join(folder, 'bundle.js')
  writeFileSync(bundle, await bundledFrom(folder))
  return bundle
}

const replayed = (bundle: string, histories: readonly Recorded[]) =>
  unreplayable({ bundle, histories: histories as Parameters<typeof unreplayable>[0]['histories'] })

const bundle = () => builtWorkflows(join(tmpdir(), 'holdfast-test-bundles'))

describe('the workflows', function () {
  this.timeout(120_000)

  it('replay every recorded history', async () => {
    const histories = recordedHistories()
    expect(histories).to.not.deep.equal([])
    expect(await replayed(await bundle(), histories)).to.deep.equal([])
  })

  it('replay open histories, wherever they stop', async () => {
    const whole = recordedHistories().find(({ workflowId }) => workflowId.endsWith('good-canary.rollout'))
    const events = whole?.history.events ?? []
    const decided = events.findIndex(({ eventType }) => eventType === 'EVENT_TYPE_WORKFLOW_TASK_COMPLETED')
    const cut = events.slice(decided).map((_, index) => {
      const until = decided + index + 1
      return { workflowId: `the first ${until}`, history: { events: events.slice(0, until) } }
    })
    expect(cut.length).to.be.above(20)
    expect(await replayed(await bundle(), cut)).to.deep.equal([])
  })

  it('are refused when their decisions differ from the history', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hf-changed-'))
    try {
      const changed = await changedBundle(folder, 'workflows/perform.ts', '.cleanUp(input)', '.note(input)')
      const differing = await replayed(changed, recordedHistories())
      const names = differing.map(({ workflowId }) => workflowId.split('/').at(-1))
      expect(names, 'reverted rollouts').to.include('aborted-in-its-bake.rollout')
      expect(names, 'what does not').to.not.include('good-canary.rollout')
      expect(differing[0]?.why).to.match(/ondeterminism/)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
