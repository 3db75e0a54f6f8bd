import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { EffectRow } from '../../adapters/local-runtime/protocol.ts'
import { openEffectLog } from '../../local-runtime/effect-log.ts'
import { until } from '../stack/until.ts'

const inFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'hf-effects-'))
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

const row = (step: number, kind: EffectRow['kind'] = 'started'): EffectRow => ({
  at: '',
  ref: 'shop/production',
  kind,
  workflowId: 'w',
  token: 1,
  step,
})

/** Small files, whose rows on weights must stay. */
const small = (folder: string) => ({
  folder,
  needed: (rows: readonly EffectRow[]) => rows.filter(({ kind }) => kind === 'weights'),
  warn: (message: string) => expect.fail(message),
  fileBytes: 2_000,
  closedFiles: 2,
})

const sizeOf = (folder: string): number => readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)

describe('the effect log', function () {
  this.timeout(20_000)

  it('stays within its bound, and keeps the needed rows and all newest rows, in order', async () => {
    using test = inFolder()
    const log = openEffectLog(small(test.folder))
    const steps = Array.from({ length: 1_000 }, (_, step) => step)
    const isWeight = (step: number) => step % 100 === 0
    for (const step of steps) log.append(row(step, isWeight(step) ? 'weights' : 'started'))
    const found = (await log.rows()).map(({ step }) => step)
    await log.close()
    expect(sizeOf(test.folder)).to.be.lessThan(5 * 2_000)
    const wholeFrom = found.findIndex((step, at) => found[at + 1] === step + 1)
    expect(found.slice(wholeFrom)).to.deep.equal(steps.slice(-(found.length - wholeFrom)))
    expect(found.slice(0, wholeFrom)).to.deep.equal(steps.filter((step) => isWeight(step) && step < (found[wholeFrom] ?? 0)))
    expect(found.length - wholeFrom, 'of the newest').to.be.greaterThan(40)
    const again = openEffectLog(small(test.folder))
    expect((await again.rows()).map(({ step }) => step)).to.deep.equal(found)
    await again.close()
  })

  it('has each needed row once, in order, after a kill of its writer at any moment', async () => {
    using test = inFolder()
    const module_ = join(import.meta.dirname, '../../local-runtime/effect-log.ts')
    const options = { folder: test.folder, fileBytes: 2_000, closedFiles: 2 }
    const program = `import { openEffectLog } from ${JSON.stringify(module_)}
      const log = openEffectLog({ ...${JSON.stringify(options)}, needed: (rows) => rows, warn: console.error })
      let step = (await log.rows()).length
      for (;;) {
        log.append({ ...${JSON.stringify(row(0))}, step: step++ })
        await new Promise(setImmediate)
      }`
    let written = 0
    for (let kill = 0; kill < 8; kill += 1) {
      const before = newestFile(test.folder)
      const writer = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' })
      await until('files to be condensed', () => newestFile(test.folder) > before + 3)
      writer.kill('SIGKILL')
      await once(writer, 'exit')
      const log = openEffectLog(small(test.folder))
      const steps = (await log.rows()).map(({ step }) => step)
      await log.close()
      expect(steps).to.deep.equal(steps.map((_, at) => at))
      expect(steps.length).to.be.greaterThan(written)
      written = steps.length
    }
  })
})

/** Number of the newest condensed file. */
const newestFile = (folder: string): number =>
  Math.max(0, ...readdirSync(folder).map((name) => Number(/^effects\.kept\.(\d+)\.jsonl$/.exec(name)?.[1] ?? 0)))
