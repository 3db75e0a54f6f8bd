import { execFile } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { buildConsole } from '../../ops/console-build.ts'

const root = join(import.meta.dirname, '../..')
const dist = join(root, 'console/dist')

/** Files that the page names and that do not exist. */
function missing(): readonly string[] {
  const page = readFileSync(join(dist, 'index.html'), 'utf8')
  const named = [...page.matchAll(/(?:src|href)="\.?\/?(assets\/[^"]+)"/g)].map(([, file = '']) => file)
  expect(named, page).not.to.deep.equal([])
  return named.filter((file) => !existsSync(join(dist, file)))
}

describe('the built console', function () {
  this.timeout(180_000)

  it('is whole at every moment, even when two processes build it at once', async () => {
    await buildConsole()
    const building = [1, 2].map(() => promisify(execFile)(process.execPath, [join(root, 'ops/console-build.ts')]))
    let isOver = false
    const over = Promise.all(building).then(() => void (isOver = true))
    const seen = new Set<string>()
    while (!isOver) {
      for (const file of missing()) seen.add(file)
      await new Promise(setImmediate)
    }
    await over
    expect([...seen]).to.deep.equal([])
    expect(readdirSync(dist).toSorted()).to.deep.equal(['.sources', 'assets', 'index.html'])
    expect(await buildConsole(), 'it is built already').to.equal(false)
  })
})
