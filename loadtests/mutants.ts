/**
 * Finds changes of the rules that no test of their room notices. `npm run bench -- mutants [--loading] [PATH...]` takes files or folders of
 * domain/ and schema/.
 */
import { readdirSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { arguedMutants, heldAgainst, rowOf } from './argued-mutants.ts'
import type { Bench, BenchResult } from './bench.ts'
import type { FileResult } from './mutant-run.ts'
import { mutate } from './mutant-run.ts'

const root = join(import.meta.dirname, '..')
/** Also changes code that runs only while files load. */
const loading = '--loading'

async function run(args: readonly string[] = []): Promise<BenchResult> {
  const paths = args.filter((arg) => arg !== loading)
  const files = [...new Set((paths.length > 0 ? paths : ['domain', 'schema']).flatMap(filesIn))]
  const results: FileResult[] = []
  for (const room of new Set(files.map(dirname))) {
    const ofRoom = files.filter((file) => dirname(file) === room)
    results.push(...(await mutate(room, ofRoom, availableParallelism(), args.includes(loading))))
  }
  const { unargued, gone } = heldAgainst(arguedMutants(), results)
  for (const mutant of unargued) console.error(`not argued: ${mutant.file}:${mutant.line}\n${rowOf(mutant)}`)
  for (const row of gone) console.error(`argued, and killed or gone: ${row.file}\n${rowOf(row)}`)
  if (unargued.length + gone.length > 0) process.exitCode = 1
  return {
    title: bench.title,
    columns: ['room or file', 'mutants', 'killed', 'survived', 'not argued'],
    rows: results
      .filter(({ mutants }) => mutants > 0)
      .flatMap((result, at, all) => {
        const isLast = all[at + 1] === undefined || dirname(all[at + 1]?.file ?? '') !== dirname(result.file)
        const room = all.filter(({ file }) => dirname(file) === dirname(result.file))
        return isLast ? [row(result.file, [result]), row(`${dirname(result.file)}/`, room)] : [row(result.file, [result])]
      }),
    json: { results, unargued, gone },
  }

  function row(name: string, of: readonly FileResult[]): readonly (string | number)[] {
    const sum = (count: (result: FileResult) => number) => of.reduce((all, one) => all + count(one), 0)
    return [
      name,
      sum(({ mutants }) => mutants),
      sum(({ killed }) => killed),
      sum(({ survivors }) => survivors.length),
      sum(({ survivors }) => survivors.filter((one) => unargued.includes(one)).length),
    ]
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
