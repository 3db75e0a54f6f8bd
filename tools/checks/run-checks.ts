/** Runs checks, two at a time, and prints a line with the result of each as it ends. */
import type { Check, CheckResult } from './check.ts'

/** Resolves with the number of failed checks. `print` gets one line per check with its time, and then its output if it failed. */
export async function runChecks(root: string, checks: readonly Check[], print: (line: string) => void): Promise<number> {
  const waiting = [...checks]
  let failed = 0
  const runOn = async (): Promise<void> => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const startedAt = performance.now()
      const { ok, output } = await attempt(check, root)
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
      print(`${ok ? 'ok    ' : 'FAILED'}  ${check.name.padEnd(10)}  ${seconds.padStart(5)} s  ${check.promise}`)
      if (ok) continue
      failed += 1
      print(output.replaceAll(/^/gm, '        '))
    }
  }
  await Promise.all([runOn(), runOn()])
  return failed
}

async function attempt(check: Check, root: string): Promise<CheckResult> {
  try {
    return await check.run(root)
  } catch (error) {
    return { ok: false, output: error instanceof Error ? error.message : String(error) }
  }
}
