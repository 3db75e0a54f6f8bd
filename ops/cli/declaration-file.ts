/** A declaration as a file: read, parsed with positions, so that what the API finds wrong can be said with line and column. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Document } from 'yaml'
import { isMap, isScalar, LineCounter, parseAllDocuments } from 'yaml'
import { Problem } from '../../domain/problem.ts'
import { ApiProblem } from './api-problem.ts'

export interface DeclaredDocument {
  readonly name: string
  readonly json: unknown
  /** The same refusal, its faults with the place in the file. */
  explain(error: unknown): unknown
}

/** Every document of the file. `-` is read by the caller and handed in as `text`. @throws Problem invalid-input */
export async function readDeclarations(file: string, cwd: string, text?: string): Promise<readonly DeclaredDocument[]> {
  const source = text ?? (await readFile(resolve(cwd, file), 'utf8').catch((cause) => unreadable(file, cause)))
  const lines = new LineCounter()
  const parsed = parseAllDocuments(source, { lineCounter: lines, prettyErrors: false })
  const documents = Array.isArray(parsed) ? parsed : []
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${file}:${line}:${col}`
  }
  const errors = documents.flatMap(({ errors }) => errors.map(({ pos, message }) => ({ pointer: at(pos[0]), detail: message })))
  if (errors.length > 0) throw new Problem('invalid-input', `${file} is not valid YAML`, { errors })
  const filled = documents.filter((document) => document.contents !== null)
  if (filled.length === 0) throw new Problem('invalid-input', `${file} declares nothing`, { hint: "'holdfast init' writes one" })
  return filled.map((document) => declared(document, file, at))
}

function declared(document: Document, file: string, at: (offset: number) => string): DeclaredDocument {
  const json: unknown = document.toJS({ maxAliasCount: 100 })
  const name = isMap(document.contents) ? document.get('name') : null
  if (typeof name !== 'string' || name === '')
    throw new Problem('invalid-input', `${file} has no name for its service`, {
      errors: [{ pointer: at(0), detail: "'name' is needed" }],
    })
  return {
    name,
    json,
    explain: (error) => {
      if (!(error instanceof ApiProblem) || !error.document.errors?.length) return error
      const errors = error.document.errors.map((fault) => {
        const offset = offsetOf(document, fault.pointer)
        // The API counted lines in the JSON that was sent.
        return offset === null
          ? fault
          : { ...fault, pointer: at(offset), detail: fault.detail.replace(/^line \d+, column \d+: /, '') }
      })
      return new ApiProblem(error.status, { ...error.document, errors }, error.raw)
    },
  }
}

/** Where a JSON Pointer's member begins: its key, or what is nearest above it when it is missing. */
function offsetOf(document: Document, pointer: string): number | null {
  const path = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  for (let length = path.length; length >= 0; length -= 1) {
    const parts = path.slice(0, length)
    const parent = length === 0 ? document.contents : document.getIn(parts.slice(0, -1), true)
    const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === parts.at(-1)) : undefined
    const node = isScalar(pair?.key) ? pair.key : length === 0 ? document.contents : document.getIn(parts, true)
    const range = (node as { range?: readonly [number, ...unknown[]] | null } | null | undefined)?.range
    if (range) return range[0]
  }
  return null
}

function unreadable(file: string, cause: unknown): never {
  throw new Problem('invalid-input', `cannot read ${file}`, { hint: "'holdfast init' writes a holdfast.yaml", cause })
}
