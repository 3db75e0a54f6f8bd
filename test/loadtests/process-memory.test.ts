/** Memory is counted once, for the part that a process belongs to, and a leak has a slope. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryByPart, slopePerHour } from '../../loadtests/process-memory.ts'

const parent = `require('node:child_process').spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1e6)'], { stdio: 'inherit' })`

describe('memory by part', () => {
  it("counts a process and its children for its pid file's name, the runtime's children as services, and no other process", async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hf-memory-'))
    const children = ['api', 'runtime'].map((name) => {
      const child = spawn(process.execPath, ['-e', parent], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
      writeFileSync(join(folder, `${name}.pid`), JSON.stringify({ pid: child.pid }))
      return child
    })
    try {
      await Promise.all(children.map((child) => once(child.stdout, 'data')))
      const memory = memoryByPart(process.pid, [folder])
      expect([...memory.keys()]).to.have.members(['starter', 'api', 'runtime', 'services'])
      const [api = 0, runtime = 0, services = 0] = ['api', 'runtime', 'services'].map((part) => memory.get(part))
      expect(Math.min(api, runtime, services)).to.be.above(1_000)
      expect(api).to.be.closeTo(runtime + services, 0.4 * api)
      expect([...memoryByPart(children[0]?.pid ?? 0, []).keys()]).to.deep.equal(['starter'])
    } finally {
      for (const { pid } of children) process.kill(-(pid ?? Number.NaN), 'SIGKILL')
      rmSync(folder, { recursive: true })
    }
  })

  it('has a slope by hour', () => {
    const values = [0, 1, 2, 3].map((minute) => ({ atMs: minute * 60_000, value: 100 + 2 * minute }))
    expect(slopePerHour(values)).to.be.closeTo(120, 1e-6)
    expect(slopePerHour(values.map(({ atMs }) => ({ atMs, value: 7 })))).to.equal(0)
  })
})
