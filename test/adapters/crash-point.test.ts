import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createCrashPoint, crashPoints, effects } from '../../adapters/crash-point.ts'
import { isProblem } from '../../domain/problem.ts'
import { crashPointScenes } from '../chaos/crash-points.ts'

const root = join(import.meta.dirname, '../..')

describe('crash points', () => {
  it('are those of the committed list, and each is killed in a test or has a reason why not', () => {
    expect(Object.keys(crashPointScenes)).to.deep.equal(crashPoints)
  })

  it('are each around exactly one effect in the code', async () => {
    const files = await Array.fromAsync(glob('{adapters,activities,workers}/**/*.ts', { cwd: root }))
    const texts = files.filter((file) => file !== 'adapters/crash-point.ts').map((file) => readFileSync(join(root, file), 'utf8'))
    const used = texts.flatMap((text) => text.match(/(?<=')(target|traffic|transaction)\.[a-z-]+(?=')/g) ?? [])
    expect(used.toSorted()).to.deep.equal(effects.toSorted())
  })

  it('only do the effect when no crash point is set', async () => {
    expect(await createCrashPoint('', '')('target.run', async () => 'done')).to.equal('done')
  })

  it('let the process continue when the marker shows that they were reached before', async () => {
    const around = createCrashPoint('target.run.before', import.meta.filename)
    expect(await around('target.run', async () => 'done')).to.equal('done')
  })

  it('are refused when unknown or without a marker', () => {
    for (const [at, marker] of [
      ['target.run', '/m'],
      ['target.run.before', ''],
    ] as const) {
      let thrown: unknown
      try {
        createCrashPoint(at, marker)
      } catch (error) {
        thrown = error
      }
      expect(isProblem(thrown, 'invalid-config'), at).to.equal(true)
    }
  })
})
