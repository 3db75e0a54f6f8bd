/**
 * Refuses timers of Node with a duration from outside, because Node fires them at once beyond 24.8 days. A duration must be a number of
 * the file itself or bounded on the spot; otherwise use `adapters/timer.ts`.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'
import type { Finding } from './judge-imports.ts'

interface Node {
  readonly type: string
  readonly start: number
}

/** Tests and pages choose their own durations. `adapters/timer.ts` is built from Node's timers. */
const isWatched = (file: string): boolean =>
  /^(?:activities|adapters|api|cli|local-runtime|ops|tools|workers|workflows)\//.test(file) &&
  file !== 'adapters/timer.ts' &&
  file.endsWith('.ts')

/** @throws Error on a syntax error */
export async function checkTimers(root: string, files: readonly string[]): Promise<Finding[]> {
  const found = files.filter(isWatched).map(async (file) => findIn(file, await readFile(join(root, file), 'utf8')))
  return (await Promise.all(found)).flat()
}

function findIn(file: string, text: string): Finding[] {
  if (!/setTimeout|setInterval|AbortSignal\.timeout/.test(text)) return []
  const { program, errors } = parseSync(file, text)
  if (errors[0]) throw new Error(`${file}: ${errors[0].message}`)
  const numbers = new Set<string>()
  /** The index of the duration argument, by the timer's name in this file. */
  const timers = new Map([
    ['setTimeout', 1],
    ['setInterval', 1],
  ])
  const asked: (readonly [duration: Node | undefined, start: number])[] = []
  new Visitor({
    ImportDeclaration(node) {
      if (node.source.value !== 'node:timers/promises') return
      for (const one of node.specifiers) timers.set(one.local.name, 0)
    },
    VariableDeclarator(node) {
      const { id, init } = node
      if (id.type === 'Identifier' && init && isNumber(init, numbers)) numbers.add(id.name)
      if (id.type !== 'ArrayPattern' || init?.type !== 'ArrayExpression') return
      for (const [at, one] of id.elements.entries()) {
        const value = init.elements[at]
        if (one?.type === 'Identifier' && value && isNumber(value, numbers)) numbers.add(one.name)
      }
    },
    CallExpression(node) {
      const { callee } = node
      const at =
        callee.type === 'Identifier'
          ? timers.get(callee.name)
          : text.slice(callee.start, callee.end) === 'AbortSignal.timeout'
            ? 0
            : undefined
      if (at !== undefined) asked.push([node.arguments[at], node.start])
    },
  }).visit(program)
  return asked
    .filter(([duration]) => duration && !isNumber(duration, numbers) && !isBounded(duration, text))
    .map(([, start]) => ({
      file,
      line: text.slice(0, start).split('\n').length,
      message: 'a duration from outside may be longer than Node can time: use a timer of adapters/timer.ts',
    }))
}

const isBounded = ({ start }: Node, text: string): boolean => text.startsWith('Math.min(', start)

function isNumber(node: Node, numbers: ReadonlySet<string>): boolean {
  const each = node as Node & {
    name?: string
    value?: unknown
    left?: Node
    right?: Node
    test?: Node
    consequent?: Node
    alternate?: Node
  }
  if (node.type === 'Literal') return typeof each.value === 'number'
  if (node.type === 'Identifier') return numbers.has(each.name ?? '')
  const [a, b] = node.type === 'ConditionalExpression' ? [each.consequent, each.alternate] : [each.left, each.right]
  return a !== undefined && b !== undefined && isNumber(a, numbers) && isNumber(b, numbers)
}
