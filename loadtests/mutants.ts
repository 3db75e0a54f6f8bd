/**
 * Finds changes of the rules that no test of their room notices. `npm run bench -- mutants [PATH...]` takes files or folders of domain/
 * and schema/.
 */
import { readdirSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { arguedMutants, isArgued, rowOf } from './argued-mutants.ts'
import type { Bench, BenchResult } from './bench.ts'
import type { FileResult, Mutant } from './mutant-run.ts'
import { mutate } from './mutant-run.ts'

const root = join(import.meta.dirname, '..')
/**
 * The default folders, whose tests take well under a second: five minutes in all on two cores. Other folders take hours and must be named.
 */
const quick = ['domain/rollout', 'domain/queue', 'domain/plan']

async function run(paths: readonly string[] = []): Promise<BenchResult> {
  const files = (paths.length > 0 ? paths : quick).flatMap(filesIn)
  const argued = arguedMutants()
  const results: FileResult[] = []
  const news: Mutant[] = []
  for (const file of files) {
    const result = await mutate(file, availableParallelism())
    results.push(result)
    for (const mutant of result.survivors.filter((survivor) => !isArgued(argued, survivor))) {
      news.push(mutant)
      console.error(`not argued: ${file}:${mutant.line}\n${rowOf(mutant)}`)
    }
  }
  if (news.length > 0) process.exitCode = 1
  const unargued = (file: string): number => news.filter((mutant) => mutant.file === file).length
  return {
    title: bench.title,
    columns: ['file', 'mutants', 'killed', 'survived', 'not argued'],
    rows: results.map(({ file, mutants, killed, survivors }) => [file, mutants, killed, survivors.length, unargued(file)]),
    json: { results, unargued: news },
  }
}

function filesIn(path: string): readonly string[] {
  if (!statSync(join(root, path)).isDirectory()) return [path]
  const names = readdirSync(join(root, path), { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => name.endsWith('.ts'))
    .toSorted()
    .map((name) => join(path, name))
}

export const bench: Bench = {
  name: 'mutants',
  title: 'changes of the rules that no test of their room notices',
  run,
}
