import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { freePort } from '../../ops/components/process.ts'
import { createRunFolder } from '../stack/run-folder.ts'
import { until } from '../stack/until.ts'

const root = join(import.meta.dirname, '../..')

interface Started extends AsyncDisposable {
  readonly child: ChildProcess
  readonly lines: readonly string[]
  /** Milliseconds from the start to the first line that matches. */
  seen(pattern: RegExp, withinMs: number): Promise<number>
  /** Exit code after SIGINT. */
  interrupt(): Promise<number | null>
}

function start(folder: string, port: number, ...args: readonly string[]): Started {
  const startedAtMs = Date.now()
  const child = spawn('node', [join(root, 'bin/bootstrap.mjs'), 'start', '--port', String(port), ...args], {
    cwd: root,
    env: { ...process.env, HOLDFAST_HOME: join(folder, 'home'), XDG_CONFIG_HOME: join(folder, 'config'), NO_COLOR: '1' },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: { readonly text: string; readonly afterMs: number }[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (text) => lines.push({ text, afterMs: Date.now() - startedAtMs }))
  }
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const signal = (name: NodeJS.Signals) =>
    child.exitCode === null && child.signalCode === null && process.kill(-(child.pid ?? 0), name)
  return {
    child,
    get lines() {
      return lines.map(({ text }) => text)
    },
    seen: async (pattern, withinMs) =>
      (
        await until(
          `${pattern} in:\n${lines.map(({ text }) => text).join('\n')}`,
          () => lines.find(({ text }) => pattern.test(text)),
          withinMs,
        )
      ).afterMs,
    interrupt() {
      // As Ctrl-C in a terminal: the whole foreground group gets it.
      signal('SIGINT')
      return exited
    },
    async [Symbol.asyncDispose]() {
      signal('SIGINT')
      await exited
    },
  }
}

/** Processes that carry the folder's name in their arguments: all that a stack runs do. */
const leftIn = (folder: string): readonly string[] =>
  execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(folder) && !line.startsWith('ps '))

describe('npm start', function () {
  this.timeout(400_000)

  it('promotes a good release within 90 s and takes a bad one back within 150 s of the first being stable', async () => {
    const folder = await createRunFolder('start')
    await using stack = start(folder, await freePort())
    const upMs = await stack.seen(/Holdfast is up/, 90_000)
    const stableMs = await stack.seen(/demo 1\.1\.0/, 60_000)
    const promotedMs = await stack.seen(/demo 1\.2\.0/, 120_000)
    const backMs = await stack.seen(/rolled-back/, 120_000)
    expect(stack.lines.filter((line) => line.includes('■ succeeded')).length, 'promoted releases').to.equal(2)
    expect(promotedMs - stableMs, 'the good release').to.be.below(90_000)
    expect(backMs - stableMs, 'the bad release').to.be.below(150_000)
    console.log(`        up ${upMs} ms; from 1.0.0 stable: promoted ${promotedMs - stableMs} ms, back ${backMs - stableMs} ms`)
    expect(await stack.interrupt()).to.equal(0)
    expect(leftIn(folder)).to.deep.equal([])
  })

  it('is up again in 15 s, also over what a kill -9 of the starter left', async () => {
    const folder = await createRunFolder('start')
    const port = await freePort()
    const first = start(folder, port, '--no-demo')
    await first.seen(/Holdfast is up/, 90_000)
    process.kill(-(first.child.pid ?? 0), 'SIGKILL')
    await until('the starter gone', () => first.child.signalCode !== null || first.child.exitCode !== null)
    expect(leftIn(folder), 'what the kill left').to.not.deep.equal([])
    await using second = start(folder, port, '--no-demo')
    expect(await second.seen(/Holdfast is up/, 60_000)).to.be.below(15_000)
    expect(await second.interrupt()).to.equal(0)
    expect(leftIn(folder)).to.deep.equal([])
  })

  it('says what to do about a taken port, and starts nothing', async () => {
    const folder = await createRunFolder('start')
    const port = await freePort()
    await using other = start(folder, port, '--no-demo')
    await other.seen(/Holdfast is up/, 90_000)
    const elsewhere = await createRunFolder('start')
    await using second = start(elsewhere, port, '--no-demo')
    await second.seen(/port \d+ is taken/, 30_000)
    await second.seen(/hint:/, 5_000)
    expect(await second.interrupt()).to.not.equal(0)
    expect(leftIn(elsewhere)).to.deep.equal([])
  })
})
