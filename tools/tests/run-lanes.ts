/** Runs the lanes of a suite side by side. Tests mostly wait, so lanes share the machine well. */
import { openSync, closeSync, readFileSync } from 'node:fs'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MochaOptions, MochaRun } from './run-mocha.ts'
import { runMocha } from './run-mocha.ts'

export interface LanesOptions extends Omit<MochaOptions, 'files' | 'stdio'> {
  readonly print: (text: string) => void
}

/** Each lane is a mocha process of its own. The first lane's output is printed live, that of the others and each lane's time at the end. Never rejects. */
export async function runLanes(lanes: readonly (readonly string[])[], { print, ...options }: LanesOptions): Promise<MochaRun> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'holdfast-lanes-'))
  const outputs = lanes.map((_, i) => join(folder.path, `${i}.txt`))
  const startedAt = performance.now()
  const took: string[] = []
  const runs = await Promise.all(
    lanes.map(async (files, i) => {
      const file = i === 0 ? undefined : openSync(outputs[i] ?? '', 'a')
      const run = await runMocha({ ...options, files, ...(file === undefined ? {} : { stdio: file }) })
      if (file !== undefined) closeSync(file)
      took[i] = `lane ${i + 1}: ${run.passed} passed in ${Math.round((performance.now() - startedAt) / 1000)} s`
      return run
    }),
  )
  for (const output of outputs.slice(1)) print(readFileSync(output, 'utf8'))
  if (lanes.length > 1) print(took.join('\n'))
  return {
    passed: runs.reduce((sum, { passed }) => sum + passed, 0),
    failed: runs.reduce((sum, { failed }) => sum + failed, 0),
    leftOut: runs.flatMap(({ leftOut }) => leftOut),
    failures: runs.flatMap(({ failures }) => failures),
    trouble: runs.flatMap(({ trouble }) => trouble),
  }
}
