/** YAML or JSON text to a parsed declaration. Faults say where: line, column, JSON Pointer, and the nearest known key. */
import type { Document, Node } from 'yaml'
import { LineCounter, isMap, isScalar, parseDocument } from 'yaml'
import type { z } from 'zod'
import type { Service } from '../domain/service.ts'
import type { Fault } from '../domain/problem.ts'
import { Problem } from '../domain/problem.ts'
import type { DeclarationSchema } from './declaration.ts'
import { declarationJsonSchema } from './declaration.ts'
import { knownKeys } from './known-keys.ts'
import { faultText } from './fault-text.ts'
import { flatIssues, pointerOf, unknownKeys } from './issues.ts'

/** The service that a text declares; faults carry line and column. @throws Problem invalid-input with one entry of `errors` per fault */
export function parseDeclaration(schema: DeclarationSchema, text: string): Service {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false })
  if (document.errors.length > 0) throw refused(document.errors.map((error) => syntaxFault(error, lines)))
  return declared(schema, readAliases(document), (path, key) => positionOf(document, lines, path, key))
}

/** The service that a value declares: what was sent as JSON has pointers instead of lines. @throws Problem invalid-input */
export const parseDeclared = (schema: DeclarationSchema, value: unknown): Service => declared(schema, value, () => '')

function declared(schema: DeclarationSchema, value: unknown, where: Where): Service {
  const parsed = schema.safeParse(value, { error: faultText })
  if (parsed.success) return parsed.data
  throw refused(flatIssues(parsed.error.issues).flatMap((issue) => faultsOf(issue, value, schema, where)))
}

type Where = (path: readonly PropertyKey[], key?: string) => string

/** An alias that expands without end is refused by the parser itself. */
function readAliases(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    throw new Problem('invalid-input', 'the declaration cannot be read', { hint: 'it uses too many YAML aliases', cause })
  }
}

const refused = (errors: readonly Fault[]): Problem =>
  new Problem('invalid-input', `the declaration has ${errors.length === 1 ? 'a fault' : `${errors.length} faults`}`, {
    hint: "'holdfast schema' prints every key, docs/declaration.md explains them",
    errors,
  })

function syntaxFault(error: { message: string; pos: [number, number] }, lines: LineCounter): Fault {
  const { line, col } = lines.linePos(error.pos[0])
  return { pointer: '', detail: `line ${line}, column ${col}: ${error.message}` }
}

function faultsOf(issue: z.core.$ZodIssue, value: unknown, schema: DeclarationSchema, where: Where): readonly Fault[] {
  if (issue.code !== 'unrecognized_keys')
    return [{ pointer: pointerOf(issue.path), detail: `${where(issue.path)}${issue.message}` }]
  const known = knownKeys(declarationJsonSchema(schema), value, issue.path)
  return unknownKeys(issue, known, (key) => where(issue.path, key))
}

/** `line 3, column 5: ` of the value at `path`, or of the key in it. What is absent is placed where it should have been. */
function positionOf(document: Document, lines: LineCounter, path: readonly PropertyKey[], key?: string): string {
  for (let length = path.length; length >= 0; length -= 1) {
    const found = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
    const node = length === path.length && key !== undefined ? (keyNode(found, key) ?? found) : found
    const start = (node as Node | null | undefined)?.range?.[0]
    if (start === undefined) continue
    const { line, col } = lines.linePos(start)
    return `line ${line}, column ${col}: `
  }
  return ''
}

const keyNode = (node: unknown, key: string): unknown =>
  isMap(node) ? node.items.find((pair) => isScalar(pair.key) && pair.key.value === key)?.key : undefined
