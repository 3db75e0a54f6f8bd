/** Checks a tree of sources against the import table, for cycles, and for the names of files. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findCycles } from './find-cycles.ts'
import { judgeFile, targetOf } from './judge-imports.ts'
import type { Finding } from './judge-imports.ts'
import { readImports } from './read-imports.ts'

const nameless = /^(utils?|helpers?|common|shared|misc|managers?)(\.|$)/
const kebabCase = /^\.?[a-z0-9]+([.-][a-z0-9]+)*$/

/** The findings for `files` (paths from `root`), in the order of the files; cycles come last. @throws Error on a syntax error */
export async function checkImports(root: string, files: readonly string[]): Promise<Finding[]> {
  const graph = new Map<string, string[]>()
  const findings: Finding[] = []
  for (const file of files) {
    const read = readImports(file, await readFile(join(root, file), 'utf8'))
    graph.set(
      file,
      read.imports.flatMap(({ specifier }) => targetOf(file, specifier ?? '') ?? []),
    )
    findings.push(...judgeFile(file, read), ...judgeName(file))
  }
  const cycles = findCycles(graph).map((path) => ({ file: path[0] ?? '', line: 1, message: `cycle: ${path.join(' -> ')}` }))
  return [...findings, ...cycles]
}

function judgeName(file: string): Finding[] {
  return file.split('/').flatMap((part) => {
    if (nameless.test(part)) return [{ file, line: 1, message: `${part} is no name for a thing: name it for what it holds` }]
    return kebabCase.test(part) ? [] : [{ file, line: 1, message: `${part} is not kebab-case` }]
  })
}
