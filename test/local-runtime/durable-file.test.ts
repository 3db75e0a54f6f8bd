import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { openLineFile, readJsonFile, readLines, replaceFile } from '../../local-runtime/durable-file.ts'
import { until } from '../stack/until.ts'

const inFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'hf-durable-'))
  return { path: join(folder, 'file'), [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

const module_ = join(import.meta.dirname, '../../local-runtime/durable-file.ts')

describe('a durable file', function () {
  this.timeout(20_000)

  it('is replaced whole: after a kill of its writer at any moment, the old or the new content is there', async () => {
    using test = inFolder()
    replaceFile(test.path, JSON.stringify({ round: 0, fill: '' }))
    const program = `import { replaceFile } from ${JSON.stringify(module_)}
      for (let round = 1; ; round++) replaceFile(${JSON.stringify(test.path)}, JSON.stringify({ round, fill: 'x'.repeat(200_000) }))`
    const rounds: number[] = []
    for (let kill = 0; kill < 5; kill += 1) {
      const before = statSync(test.path).ino
      const writer = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' })
      await until('a replacement', () => statSync(test.path).ino !== before)
      writer.kill('SIGKILL')
      await once(writer, 'exit')
      rounds.push((readJsonFile(test.path) as { round: number }).round)
    }
    expect(rounds.every((round) => round > 0)).to.equal(true)
  })

  it('is replaced or appended to whole or not at all when the disk fills up in between', async () => {
    using test = inFolder()
    const lines = `${test.path}.lines`
    const program = `import { openLineFile, replaceFile } from ${JSON.stringify(module_)}
      const fails = (write) => { try { write(); return false } catch (error) { return error.code } }
      const [path, lines] = ${JSON.stringify([test.path, lines])}
      replaceFile(path, '"old"')
      const file = openLineFile(lines)
      file.append({ n: 1 })
      const long = 'x'.repeat(12_000)
      const failed = [fails(() => replaceFile(path, JSON.stringify(long))), fails(() => file.append({ n: 2, long }))]
      file.append({ n: 3 })
      console.log(failed.join())`
    // A limit of 8 KiB per file acts like a disk with 8 KiB left.
    const limited = 'ulimit -f 8; exec "$0" --input-type=module -e "$1"'
    const { stdout } = await promisify(execFile)('bash', ['-c', limited, process.execPath, program])
    expect(stdout.trim()).to.equal('EFBIG,EFBIG')
    expect(readJsonFile(test.path)).to.equal('old')
    expect(readFileSync(lines, 'utf8')).to.equal('{"n":1}\n{"n":3}\n')
  })

  it('that is missing is undefined, and a broken one is an error, never empty', () => {
    using test = inFolder()
    expect(readJsonFile(test.path)).to.equal(undefined)
    appendFileSync(test.path, '{')
    expect(() => readJsonFile(test.path)).to.throw(SyntaxError)
  })

  it('of lines keeps every appended line, readable for its owner only', async () => {
    using test = inFolder()
    const file = openLineFile(test.path)
    for (const n of [1, 2, 3]) file.append({ n })
    file.close()
    expect(await readLines(test.path)).to.deep.equal([{ n: 1 }, { n: 2 }, { n: 3 }])
    expect(statSync(test.path).mode & 0o777).to.equal(0o600)
  })

  it('of lines loses only a torn line, not the next appended one', async () => {
    using test = inFolder()
    appendFileSync(test.path, '{"n":1}\n{"n":')
    const file = openLineFile(test.path)
    file.append({ n: 3 })
    file.close()
    expect(readFileSync(test.path, 'utf8')).to.equal('{"n":1}\n{"n":\n{"n":3}\n')
    expect(await readLines(test.path)).to.deep.equal([{ n: 1 }, { n: 3 }])
  })
})
