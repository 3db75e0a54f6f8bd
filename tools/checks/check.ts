/** A check of the repository, and the kind of check that runs a tool. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

export interface CheckResult {
  readonly ok: boolean
  /** What the reader needs for the repair; empty when `ok`. */
  readonly output: string
}

export interface Check {
  readonly name: string
  /** What it checks, for the printed list. */
  readonly promise: string
  /** Checks the tree under `root`. A violation is `ok: false`; it rejects only on a bug. */
  run(root: string): Promise<CheckResult>
}

/** A check that runs a tool of `node_modules/.bin`. Exit code 0 is ok; the output is everything that the tool printed. */
export function createToolCheck(name: string, promise: string, tool: string, ...args: readonly string[]): Check {
  return {
    name,
    promise,
    async run(root) {
      const child = spawn(`${root}/node_modules/.bin/${tool}`, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
      const ended = new Promise<string | number>((resolve) => {
        child.once('error', (error) => resolve(error.message))
        child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'))
      })
      const [out, err, end] = await Promise.all([text(child.stdout), text(child.stderr), ended])
      return end === 0 ? { ok: true, output: '' } : { ok: false, output: `${out}${err}`.trim() || `${tool} ended with ${end}` }
    },
  }
}
