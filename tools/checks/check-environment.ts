/**
 * Who reads the environment: adapters/config.ts, by the table of settings, out of what a composition root hands to it. Anything else would
 * be a setting that has no row, so no default, no bound and no line in docs/settings.md. Refused are `process.env` in a file that is not
 * listed here, whatever it is called, and one variable taken by its name from what was handed on.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Node } from 'oxc-parser'
import { parseSync, Visitor } from 'oxc-parser'
import type { Finding } from './judge-imports.ts'

/** Files that may name `process.env`, each with the reason. */
export const mayName: Readonly<Record<string, string>> = {
  'api/main.ts': 'composition root',
  'workers/control.ts': 'composition root',
  'workers/act.ts': 'composition root',
  'workers/analysis.ts': 'composition root',
  'cli/main.ts': 'composition root',
  'ops/up/main.ts': 'composition root',
  'ops/migrate.ts': 'composition root where it is started by itself',
  'tools/test-run.ts': 'composition root',
  'loadtests/kills.ts': 'composition root of a bench',
  'loadtests/fuzz-proxy.ts': 'composition root of a bench',
  'loadtests/kills-stack.ts': "runs npm start as its user's shell does, with all that is set there",
  'adapters/process/inherited.ts': 'PATH and HOME for processes that we start, by the table',
}

/** Files that may take a variable by its name, each with the reason. */
export const mayTake: Readonly<Record<string, string>> = {
  'adapters/config.ts': 'the one reader',
  'adapters/telemetry/lent-environment.ts': "OpenTelemetry's SDK is told by the environment alone, while it is built",
  'cli/main.ts': 'where compiled code is kept must be known before the table is compiled',
  'bin/find-node.mjs': 'runs on Node 20, before there is a Node that runs the table',
  'bin/install-packages.mjs': 'runs on Node 20, before the packages that the table needs are there',
}

/** Tests set what they need; a page has no environment; the demo's service is released and gets what any service gets. */
const isWatched = (file: string): boolean => !/^(?:test|console|ops\/demo\/service)\//.test(file)

const refusal = 'adapters/settings.ts has a row for each variable, and adapters/config.ts reads it'

/** @throws Error on a syntax error */
export async function checkEnvironment(root: string, files: readonly string[]): Promise<Finding[]> {
  const found = files.filter(isWatched).map(async (file) => findIn(file, await readFile(join(root, file), 'utf8')))
  return (await Promise.all(found)).flat()
}

function findIn(file: string, text: string): Finding[] {
  if (!/\b(?:env|environment|variables|process)\b/i.test(text)) return []
  const { program, errors } = parseSync(file, text)
  if (errors[0]) throw new Error(`${file}: ${errors[0].message}`)
  const found: Finding[] = []
  const report = ({ start }: Node, what: string) =>
    found.push({ file, line: text.slice(0, start).split('\n').length, message: `${what}: ${refusal}` })
  const named = (node: Node) => {
    if (!(file in mayName) && !(file in mayTake)) report(node, 'only a composition root names process.env')
  }
  const taken = (node: Node) => {
    if (!(file in mayTake)) report(node, 'a variable is taken from the environment')
  }
  new Visitor({
    ImportDeclaration(node) {
      if (!/^(?:node:)?process$/.test(node.source.value)) return
      // By another name it could not be followed.
      report(node, 'process is global')
    },
    MemberExpression(node) {
      if (isProcess(node.object) && nameOf(node) === 'env') named(node)
      if (isEnvironment(node.object) && isVariable(node)) taken(node)
    },
    VariableDeclarator({ id, init }) {
      if (id.type !== 'ObjectPattern' || !init) return
      const names = id.properties.flatMap((one) =>
        one.type === 'Property' && one.key.type === 'Identifier' ? [one.key.name] : [],
      )
      if (isProcess(init) && names.includes('env')) named(id)
      if (isEnvironment(init) && names.some(isVariableName)) taken(id)
    },
  }).visit(program)
  return found
}

type Member = Extract<Node, { type: 'MemberExpression' }>

const isProcess = (node: Node): boolean =>
  (node.type === 'Identifier' && node.name === 'process') || (node.type === 'MemberExpression' && nameOf(node) === 'process')

/** By what it is called: `env`, `environment`, `variables`, or an `env` of something. */
const isEnvironment = (node: Node): boolean =>
  (node.type === 'Identifier' && /^(?:env|environment|variables)$/i.test(node.name)) ||
  (node.type === 'MemberExpression' && nameOf(node) === 'env')

/** What is computed may be any. */
const isVariable = (node: Member): boolean => {
  const name = nameOf(node)
  return name === undefined || isVariableName(name)
}

const isVariableName = (name: string): boolean => /^[A-Z][A-Z0-9_]+$/.test(name)

function nameOf({ computed, property }: Member): string | undefined {
  if (!computed && property.type === 'Identifier') return property.name
  return property.type === 'Literal' && typeof property.value === 'string' ? property.value : undefined
}
