/**
 * Rules, effects and adapters do not know how people reach them: the API and the command line add commands, addresses and the names of the
 * wire (`api/remedies.ts`). This check refuses them in the strings of those rooms.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'
import type { Finding } from './judge-imports.ts'

const rooms = /^(?:domain|workflows|activities|adapters|workers|local-runtime)\/.*\.ts$/

/** What only the API, the command line and the starter may say. */
const ofPeople: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a command', /\bholdfast [a-z]|\bnpm [a-z]/],
  ['a flag', /'--[a-z]|: --[a-z]/],
  ['a path of the API', /\/v1\//],
  ['a name of the wire', /Idempotency-Key|If-(?:None-)?Match|\bnextCursor\b/],
]

/** Files that may, each with the reason. */
export const mayName: Readonly<Record<string, string>> = {
  'adapters/settings.ts': 'the operator reads the meaning of a setting in docs/settings.md',
  'adapters/program-settings.ts': 'the operator reads the meaning of a setting in docs/settings.md',
  'adapters/metrics/prometheus-client.ts': "`/api/v1/` is a path of Prometheus's API",
  'adapters/hook.ts': 'a hook gets an idempotency key in the standard header',
  'adapters/postgres/queue/queue-sweep.ts': '`holdfast sweeper` is the name of a lock',
  'workers/clean.ts': '`holdfast cleaner` is the name of a lock',
  'workers/pruner.ts': '`holdfast pruner` is the name of a lock',
}

/** @throws Error on a syntax error */
export async function checkHints(root: string, files: readonly string[]): Promise<Finding[]> {
  const found = files
    .filter((file) => rooms.test(file) && !(file in mayName))
    .map(async (file) => findIn(file, await readFile(join(root, file), 'utf8')))
  return (await Promise.all(found)).flat()
}

function findIn(file: string, text: string): Finding[] {
  if (!ofPeople.some(([, pattern]) => pattern.test(text))) return []
  const { program, errors } = parseSync(file, text)
  if (errors[0]) throw new Error(`${file}: ${errors[0].message}`)
  const found: Finding[] = []
  const judge = (start: number, value: string) => {
    for (const [what, pattern] of ofPeople)
      if (pattern.test(value))
        found.push({
          file,
          line: text.slice(0, start).split('\n').length,
          message: `a string names ${what}: the API and the command line add hints for people (api/remedies.ts)`,
        })
  }
  new Visitor({
    Literal(node) {
      if (typeof node.value === 'string') judge(node.start, node.value)
    },
    TemplateElement(node) {
      judge(node.start, node.value.cooked ?? node.value.raw)
    },
  }).visit(program)
  return found
}
