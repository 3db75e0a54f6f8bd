/** Reads from the syntax tree of a TypeScript file what it imports, and where it reads the clock. */
import { parseSync, Visitor } from 'oxc-parser'
import type { Strength } from './import-table.ts'

export interface Import {
  /** As written; null when it is computed. */
  readonly specifier: string | null
  /** What Node loads. `import { type X }` is `values`, because Node erases only `import type` completely. */
  readonly strength: Strength
  readonly line: number
}

export interface SourceRead {
  readonly imports: readonly Import[]
  /** Lines with `new Date()` or `Date()`. A lint rule on names cannot tell them from `new Date(instant)`. */
  readonly clockLines: readonly number[]
}

interface Node {
  readonly start: number
}
interface Sourced extends Node {
  readonly source: object | null
}

/** @throws Error when `text` is not TypeScript. */
export function readImports(file: string, text: string): SourceRead {
  const { program, errors } = parseSync(file, text)
  if (errors[0]) throw new Error(`${file}: ${errors[0].message}`)
  const imports: Import[] = []
  const clockLines: number[] = []
  const lineOf = (offset: number): number => text.slice(0, offset).split('\n').length
  const add = (node: Node, source: object | null, strength: Strength): void => {
    imports.push({ specifier: literalOf(source), strength, line: lineOf(node.start) })
  }
  const declaration = (node: Sourced, kind: string): void => {
    if (node.source) add(node, node.source, kind === 'type' ? 'types' : 'values')
  }
  new Visitor({
    ImportDeclaration: (node) => declaration(node, node.importKind ?? 'value'),
    ExportNamedDeclaration: (node) => declaration(node, node.exportKind ?? 'value'),
    ExportAllDeclaration: (node) => declaration(node, node.exportKind ?? 'value'),
    ImportExpression: (node) => add(node, node.source, 'values'),
    TSImportType: (node) => add(node, node.source, 'types'),
    CallExpression: (node) => {
      const name = node.callee.type === 'Identifier' ? node.callee.name : ''
      if (name === 'require') add(node, node.arguments[0] ?? null, 'values')
      if (name === 'Date') clockLines.push(lineOf(node.start))
    },
    NewExpression: (node) => {
      if (node.callee.type === 'Identifier' && node.callee.name === 'Date' && node.arguments.length === 0)
        clockLines.push(lineOf(node.start))
    },
  }).visit(program)
  return { imports, clockLines }
}

function literalOf(source: object | null): string | null {
  return source !== null && 'value' in source && typeof source.value === 'string' ? source.value : null
}
