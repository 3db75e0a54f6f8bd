/** Finds the components that tests need before the first test. A missing one is a failure with its remedy. */
import type { Variables } from '../../adapters/config.ts'
import type { Component } from '../../ops/components/component.ts'
import { isProblem } from '../../domain/problem.ts'
import type { MochaRun } from './run-mocha.ts'

/** Finds each of `components` in turn. Each missing one is a line of `trouble` and counts in `failed`. Never rejects. */
export async function findComponents(
  components: readonly Component[],
  env: Variables,
  print: (line: string) => void,
): Promise<MochaRun> {
  const trouble: string[] = []
  for (const component of components) {
    try {
      const { name, version, from, path } = await component.find(env, print)
      print(`${name} ${version} (${from}): ${path}`)
    } catch (error) {
      const hint = isProblem(error) && error.hint ? `: ${error.hint}` : ''
      trouble.push(`${component.name}: ${error instanceof Error ? error.message : String(error)}${hint}`)
    }
  }
  return { passed: 0, failed: trouble.length, leftOut: [], failures: [], trouble }
}
