/** Parses YAML or JSON text to a declaration. Each fault has its line, column and JSON Pointer, and the nearest known key. */
import type { Document } from 'yaml'
import type { Fault } from '../domain/problem.ts'
import { Problem } from '../domain/problem.ts'
import type { Service } from '../domain/plan/service.ts'
import type { DeclarationSchema } from './declaration.ts'
import { declarationJsonSchema } from './declaration.ts'
import type { Where } from './issues.ts'
import { bounded, mostFaults, readWith } from './issues.ts'
import type { YamlText } from './yaml-text.ts'
import { offsetOf, readYaml } from './yaml-text.ts'

/** The service that a text declares. @throws Problem invalid-input with one entry of `errors` per fault, each with line and column */
export function parseDeclaration(schema: DeclarationSchema, text: string): Service {
  const yaml = readYaml(text)
  const position = (offset: number): string => positionText(yaml, offset)
  if (yaml.faults.length > 0)
    throw refused(bounded(yaml.faults.map(({ offset, detail }) => ({ pointer: '', detail: `${position(offset)}${detail}` }))))
  const [document, ...others] = yaml.documents
  if (!document) throw new Problem('invalid-input', 'the declaration is empty')
  if (others.length > 0)
    throw new Problem('invalid-input', 'there is more than one document', { hint: 'send one declaration at a time' })
  return declared(schema, readAliases(document), (path, key) => {
    const offset = offsetOf(document, path, key)
    return offset === null ? '' : position(offset)
  })
}

/** The service that a value declares. Its faults have JSON Pointers but no lines. @throws Problem invalid-input */
export const parseDeclared = (schema: DeclarationSchema, value: unknown): Service => declared(schema, value, () => '')

function declared(schema: DeclarationSchema, value: unknown, where: Where): Service {
  const read = readWith(schema, value, () => declarationJsonSchema(schema), where)
  if ('data' in read) return read.data
  throw refused(read.faults)
}

/** The parser itself refuses aliases that expand without end. */
function readAliases(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    throw new Problem('invalid-input', 'the declaration cannot be read', { hint: 'it uses too many YAML aliases', cause })
  }
}

const refused = (errors: readonly Fault[]): Problem =>
  new Problem('invalid-input', `the declaration has ${countText(errors)}`, { errors })

const countText = ({ length }: readonly Fault[]): string =>
  length === 1 ? 'a fault' : length > mostFaults ? `more than ${mostFaults} faults` : `${length} faults`

function positionText({ at }: YamlText, offset: number): string {
  const { line, column } = at(offset)
  return `line ${line}, column ${column}: `
}
