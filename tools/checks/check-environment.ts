/**
 * Only adapters/config.ts reads the environment, by the table of settings. A composition root passes the environment to it. A variable
 * that other code reads would have no default, no bound and no line in docs/settings.md. So this check refuses `process.env` in files that
 * are not listed here, under any alias, and a variable that code takes by name from an environment passed to it. A variable that a process
 * hands to another one has its name from its row too: `[settings.port.variable]: '7420'`.
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
  'ops/migrate.ts': 'composition root when it runs as a command',
  'tools/test-run.ts': 'composition root',
  'tools/test-part.ts': 'composition root of a part of npm test',
  'loadtests/kills.ts': 'composition root of a bench',
  'loadtests/fuzz-proxy.ts': 'composition root of a bench',
  'loadtests/kills-stack.ts': "runs npm start with the whole environment, like a user's shell",
  'adapters/process/inherited.ts': 'PATH and HOME for processes that Holdfast starts, by the table',
}

/** Files that may take a variable by its name, each with the reason. */
export const mayTake: Readonly<Record<string, string>> = {
  'adapters/config.ts': 'the one reader',
  'adapters/telemetry/lent-environment.ts': "OpenTelemetry's SDK can be configured by the environment only, while it is built",
  'bin/find-node.mjs': 'runs on Node 20, which cannot run the table',
  'bin/install-packages.mjs': 'runs on Node 20, before the packages of the table are installed',
}

/** Tests set what they need. A page has no environment. The demo's service is a released service with the environment of any service. */
const isWatched = (file: string): boolean => !/^(?:test|console|ops\/demo\/service)\//.test(file)

const refusal = 'adapters/settings.ts has a row for each variable, and adapters/config.ts reads it'

/** @throws Error on a syntax error */
export async function checkEnvironment(root: string, files: readonly string[]): Promise<Finding[]> {
  const found = files.filter(isWatched).map(async (file) => findIn(file, await readFile(join(root, file), 'utf8')))
  return (await Promise.all(found)).flat()
}

function findIn(file: string, text: string): Finding[] {
  if (!/\b(?:env|environment|variables|process)\b|\b(?:HOLDFAST|TEMPORAL|DATABASE)_/i.test(text)) return []
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
      // This check cannot follow an import under another name.
      report(node, 'process is global')
    },
    MemberExpression(node) {
      if (isProcess(node.object) && nameOf(node) === 'env') named(node)
      if (isEnvironment(node.object) && isVariable(node)) taken(node)
    },
    ObjectExpression({ properties }) {
      if (file in mayName) return
      for (const one of properties)
        if (one.type === 'Property' && ourVariable.test(keyOf(one.key)))
          report(one, 'a variable is handed on under a literal name')
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

/** Recognised by name: `env`, `environment`, `variables`, or a member `env`. */
const isEnvironment = (node: Node): boolean =>
  (node.type === 'Identifier' && /^(?:env|environment|variables)$/i.test(node.name)) ||
  (node.type === 'MemberExpression' && nameOf(node) === 'env')

/** A computed name may be any variable. */
const isVariable = (node: Member): boolean => {
  const name = nameOf(node)
  return name === undefined || isVariableName(name)
}

/** The variables that only Holdfast knows, whose rows may be renamed. */
const ourVariable = /^(?:(?:HOLDFAST|TEMPORAL)_[A-Z0-9_]+|DATABASE_URL)$/

const keyOf = (key: Node): string =>
  key.type === 'Identifier' ? key.name : key.type === 'Literal' && typeof key.value === 'string' ? key.value : ''

const isVariableName = (name: string): boolean => /^[A-Z][A-Z0-9_]+$/.test(name)

function nameOf({ computed, property }: Member): string | undefined {
  if (!computed && property.type === 'Identifier') return property.name
  return property.type === 'Literal' && typeof property.value === 'string' ? property.value : undefined
}
