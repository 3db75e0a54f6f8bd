/** Reads a declaration file and keeps the positions of its values, so that the API's faults can be printed with line and column. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Document } from 'yaml'
import { isMap } from 'yaml'
import { Problem } from '../domain/problem.ts'
import { offsetOf, readYaml } from '../schema/yaml-text.ts'
import { ApiProblem } from './api-problem.ts'

export interface DeclaredDocument {
  readonly name: string
  readonly json: unknown
  /** The same refusal, with the position in the file for each fault. */
  explain(error: unknown): unknown
}

/** Every document of the file. For `-` the caller passes the content as `text`. @throws Problem invalid-input */
export async function readDeclarations(file: string, cwd: string, text?: string): Promise<readonly DeclaredDocument[]> {
  const source = text ?? (await readFile(resolve(cwd, file), 'utf8').catch((cause) => unreadable(file, cwd, cause)))
  const yaml = readYaml(source)
  const at = (offset: number): string => {
    const { line, column } = yaml.at(offset)
    return `${file}:${line}:${column}`
  }
  const errors = yaml.faults.map(({ offset, detail }) => ({ pointer: at(offset), detail }))
  if (errors.length > 0) throw new Problem('invalid-input', `${file} is not valid YAML`, { errors })
  const filled = yaml.documents.filter((document) => document.contents !== null)
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
      const located = error.document.errors.map((fault) => ({ fault, offset: faultOffset(document, fault) }))
      const fromTheTop = located.toSorted((a, b) => (a.offset ?? Infinity) - (b.offset ?? Infinity))
      const errors = fromTheTop.map(({ fault, offset }) =>
        // The API counted lines in the JSON that it received.
        offset === null ? fault : { ...fault, pointer: at(offset), detail: fault.detail.replace(/^line \d+, column \d+: /, '') },
      )
      return new ApiProblem(error.status, { ...error.document, errors }, error.raw)
    },
  }
}

/** Where the faulty value begins. For an unknown key, where the key begins. */
function faultOffset(
  document: Document,
  { pointer, detail }: { readonly pointer: string; readonly detail: string },
): number | null {
  const path = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  const isKey = /^(?:line \d+, column \d+: )?(?:unknown key |'__proto__')/.test(detail)
  return isKey ? offsetOf(document, path.slice(0, -1), path.at(-1)) : offsetOf(document, path)
}

const causes: Readonly<Record<string, string>> = {
  EACCES: 'you may not read it',
  EISDIR: 'it is a folder',
  ENOTDIR: 'its folder is a file',
}

/** Suggests the file with the usual name, where the folder has one. */
function unreadable(file: string, cwd: string, cause: unknown): never {
  const { code = '' } = cause as NodeJS.ErrnoException
  const message = code === 'ENOENT' ? `there is no file ${resolve(cwd, file)}` : `cannot read ${file}: ${causes[code] ?? code}`
  const usual = join(code === 'EISDIR' ? file : dirname(file), 'holdfast.yaml')
  const hint =
    code !== 'EACCES' && existsSync(resolve(cwd, usual))
      ? `did you mean '${usual}'?`
      : "'holdfast init' writes a holdfast.yaml for the service in its folder"
  throw new Problem('invalid-input', message, { hint, cause })
}
