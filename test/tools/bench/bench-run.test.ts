/** The benchmark runner lists all benchmarks, and prints tables in columns. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { formatTable } from '../../../tools/bench/format-table.ts'

const main = join(import.meta.dirname, '../../../tools/bench-run.ts')
const run = (...args: readonly string[]) => spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })

describe('npm run bench', () => {
  it('lists the benchmarks with their titles', () => {
    const { status, stdout } = run()
    expect(status).to.equal(0)
    expect(stdout)
      .to.match(/^proxy +\S/m)
      .and.not.match(/^bench /m)
  })

  it('refuses an unknown name and lists the known ones', () => {
    const { status, stderr } = run('../ops/main')
    expect(status).to.equal(2)
    expect(stderr).to.match(/there is no benchmark .*\nhint: there are .*proxy/)
  })

  it('aligns text to the left and numbers to the right', () => {
    expect(
      formatTable(
        ['what', 'ms'],
        [
          ['a', 1.5],
          ['longer', 12],
        ],
      ),
    ).to.deep.equal(['what     ms', '------  ---', 'a       1.5', 'longer   12'])
  })
})
