/** The output of services: stored whole and in order, bounded, and unable to end the runtime. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { OutputRow } from '../../local-runtime/output-file.ts'
import type { PrintRate } from '../../local-runtime/print-rate.ts'
import { lastRows, openOutput, outputFiles, pruneOutput } from '../../local-runtime/output-file.ts'

const unlimited: PrintRate = { burstBytes: 1 << 30, keptBytesPerSecond: 1 << 30, readBytesPerSecond: 1 << 30 }

const lost = (why: string): void => expect.fail(`lost a line: ${why}`)

function createFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'hf-output-'))
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Runs a program to its end with its output stored in `path`. */
async function printed(path: string, program: string, onLoss = lost, rate?: PrintRate): Promise<readonly OutputRow[]> {
  const output = openOutput(path, '1.0.0', onLoss, rate)
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'pipe'] })
  output.take(child, 'r-0')
  await once(child, 'close')
  return output.tail(5_000)
}

describe('the output of a service', function () {
  this.timeout(20_000)

  it('keeps lines of both streams, an unfinished last line, and letters that arrive in two halves', async () => {
    using scratch = createFolder()
    const program = `console.log('one'); console.error('two'); const b = Buffer.from('ü');
      process.stdout.write(b.subarray(0, 1)); setTimeout(() => process.stdout.write(Buffer.concat([b.subarray(1), Buffer.from('ber')])), 100)`
    const rows = await printed(join(scratch.folder, 'r.log'), program)
    expect(rows.map(({ line }) => line)).to.have.members(['one', 'two', 'über'])
    expect(rows[0]).to.include({ replica: 'r-0', version: '1.0.0' })
  })

  it('stays bounded, however much and however long the lines are', async () => {
    using scratch = createFolder()
    const path = join(scratch.folder, 'r.log')
    const rows = await printed(path, `process.stdout.write('x'.repeat(24 << 20)); console.log('\\nlast')`, lost, unlimited)
    expect(statSync(path).size + statSync(`${path}.1`).size).to.be.lessThan(10 << 20)
    expect(Math.max(...rows.map(({ line }) => line.length))).to.be.at.most(8_192)
    expect(rows.at(-1)?.line).to.equal('last')
  })

  it('drops and counts lines that are printed too fast, says where, and keeps the last lines', async () => {
    using scratch = createFolder()
    const output = openOutput(join(scratch.folder, 'r.log'), '1.0.0', lost, {
      burstBytes: 100_000,
      keptBytesPerSecond: 10_000,
      readBytesPerSecond: 64 << 20,
    })
    const program = `process.stdout.write('first\\n' + ('x'.repeat(99) + '\\n').repeat(100_000) + 'last\\n')`
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'pipe'] })
    output.take(child, 'r-0')
    await once(child, 'close')
    const rows = await output.tail(5_000)
    expect(rows[0]?.line).to.equal('first')
    expect(rows.at(-1)?.line).to.equal('last')
    const told = rows.flatMap(({ line }) => Number(/^\((\d+) bytes were printed too fast/.exec(line)?.[1] ?? []))
    expect(told.reduce((sum, bytes) => sum + bytes, 0)).to.equal(output.droppedBytes())
    const keptBytes = rows.reduce((sum, { line }) => sum + (line.startsWith('(') ? 0 : line.length + 1), 0)
    expect(keptBytes + output.droppedBytes()).to.equal(10_000_011)
    expect(keptBytes).to.be.lessThan(1_000_000)
    expect(rows.map(({ n }) => n)).to.deep.equal(rows.map(({ n }) => n).toSorted((a, b) => a - b))
    expect(new Set(rows.map(({ n }) => n)).size).to.equal(rows.length)
  })

  it('has no secret in two halves, however long the lines are, without their end, or dropped in part', async () => {
    using scratch = createFolder()
    const secret = 'Zq7'.repeat(12)
    const program = `const out = 'x'.repeat(8_190) + ${JSON.stringify(secret)} + 'y'.repeat(8_170)
      process.stdout.write(out.repeat(20) + '\\n' + out.repeat(20)); setTimeout(() => process.stdout.write(out.repeat(40)), 100)`
    for (const rate of [unlimited, { ...unlimited, burstBytes: 100_000, keptBytesPerSecond: 200_000 }]) {
      const output = openOutput(join(scratch.folder, `${rate.burstBytes}.log`), '1.0.0', lost, rate)
      const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'pipe'] })
      output.take(child, 'r-0', [secret])
      await once(child, 'close')
      const text = (await output.tail(5_000)).map(({ line }) => line).join('')
      expect(text).to.not.match(/Zq7|q7Z/)
      expect(text).to.include('***')
    }
  })

  it('is kept no more for all processes of a version together than for one', async () => {
    using scratch = createFolder()
    const rate = { burstBytes: 200_000, keptBytesPerSecond: 1_000, readBytesPerSecond: 64 << 20 }
    const output = openOutput(join(scratch.folder, 'r.log'), '1.0.0', lost, rate)
    // Like a version that prints, ends and is started again, or one with many replicas.
    for (let life = 0; life < 6; life += 1) {
      const program = `process.stdout.write(('x'.repeat(99) + '\\n').repeat(1_900))`
      const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'pipe'] })
      output.take(child, `r-${life}`)
      await once(child, 'close')
    }
    expect(output.droppedBytes()).to.be.greaterThan(700_000)
    expect(statSync(join(scratch.folder, 'r.log')).size).to.be.lessThan(800_000)
  })

  it('loses lines on a full disk, and says so once', async () => {
    using scratch = createFolder()
    const path = join(scratch.folder, 'r.log')
    mkdirSync(path)
    const told: string[] = []
    await printed(path, `console.log('a'); setTimeout(() => console.log('b'), 200)`, (why) => void told.push(why))
    expect(told.length).to.equal(1)
  })

  it('is read past a line that a kill has torn', async () => {
    using scratch = createFolder()
    const path = join(scratch.folder, 'r.log')
    appendFileSync(path, '{"replica":"r-0","vers\n')
    expect((await printed(path, `console.log('after')`)).map(({ line }) => line)).to.deep.equal(['after'])
  })

  it('is kept until ten newer versions have come', async () => {
    using scratch = createFolder()
    for (let n = 0; n < 12; n += 1) appendFileSync(join(scratch.folder, `r${n}.log`), `${JSON.stringify({ line: `${n}` })}\n`)
    pruneOutput(scratch.folder)
    const left = await Promise.all(outputFiles(scratch.folder).map((path) => lastRows(path, 1)))
    expect(left.length).to.equal(10)
  })
})
