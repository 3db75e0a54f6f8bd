/** What a check of the repository is, and the kind that runs a tool. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

export interface CheckResult {
  readonly ok: boolean
  /** What the reader needs to repair it; empty when `ok`. */
  readonly output: string
}

export interface Check {
  readonly name: string
  /** What it holds the tree to, for the list that a person reads. */
  readonly promise: string
  /** Looks at the tree under `root`. Rejects only on a bug; a broken promise is `ok: false`. */
  run(root: string): Promise<CheckResult>
}

/** A check by a tool of `node_modules/.bin`: exit code 0 is ok, everything it printed is the output. */
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
