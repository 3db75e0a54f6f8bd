/**
 * YAML (and JSON, which is YAML) as text: read in time that grows with its length, its faults in our words, its values with their place.
 */
import type { Document, Node, Scalar, YAMLMap } from 'yaml'
import { Lexer, LineCounter, isAlias, isCollection, isMap, isScalar, parseAllDocuments, visit } from 'yaml'

export interface TextFault {
  /** Offset in the text. */
  readonly offset: number
  readonly detail: string
}

export interface YamlText {
  readonly documents: readonly Document[]
  readonly faults: readonly TextFault[]
  /** From 1. */
  at(offset: number): { readonly line: number; readonly column: number }
}

export const tooDeep = 'it is nested too deeply'
const tooLong = 'it is too long, some ten thousand lines; as JSON it may be longer'

/** What the parser's codes mean. A code that is not here is a place where nothing fits. */
const said: Readonly<Record<string, string>> = {
  ALIAS_PROPS: 'an alias (*name) takes neither tag nor anchor',
  BAD_ALIAS: 'there is no anchor (&name) for this alias (*name); a text that begins with * needs quotes',
  BAD_DIRECTIVE: 'a line that begins with % is a directive, and this is none that YAML knows',
  BAD_DQ_ESCAPE: 'this escape is not known in double quotes; single quotes take a backslash as it is',
  BAD_INDENT: 'the indentation does not fit what stands above',
  BAD_PROP_ORDER: 'tag and anchor stand in the wrong order',
  BAD_SCALAR_START: 'a text that begins like this needs quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a key and its value do not fit on this line: is a line break or a quote missing?',
  BLOCK_IN_FLOW: 'between brackets everything is written with brackets',
  IMPOSSIBLE: 'nothing can stand here',
  KEY_OVER_1024_CHARS: 'a key is longer than 1,024 characters',
  MISSING_CHAR: 'a bracket, a comma, a quote or a colon with a blank is missing',
  MULTILINE_IMPLICIT_KEY: 'a key must stand on one line: is a colon or a quote missing above?',
  MULTIPLE_ANCHORS: 'there are two anchors (&name)',
  MULTIPLE_TAGS: 'there are two tags (!name)',
  NON_STRING_KEY: 'a key must be a text',
  RESOURCE_EXHAUSTION: tooDeep,
  TAB_AS_INDENT: 'a tab cannot indent: use blanks',
  TAG_RESOLVE_FAILED: 'this tag (!name) is not known; a text that begins with ! needs quotes',
  UNEXPECTED_TOKEN: 'this was not expected here',
}

/** Values above a value that nothing here needs, and that readers which call themselves do not survive. */
export const deepest = 100

/**
 * Words, signs, blanks and line breaks: parsing takes about 3 µs for each, in the one thread that answers everybody. A line has four to
 * ten.
 */
const mostParts = 60_000

export function readYaml(text: string): YamlText {
  const lines = new LineCounter()
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    // Of a text that was given up before its first line, the counter knows none.
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  const unread = (detail: string): YamlText => ({ documents: [], faults: [{ offset: 0, detail }], at })
  if (hasTooManyParts(text)) return unread(tooLong)
  try {
    // The library compares every key with each before it: duplicates are found below, in one pass.
    const parsed = withoutStacks(() => parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false }))
    const documents = Array.isArray(parsed) ? parsed : []
    const broken = documents.flatMap(({ errors }) =>
      errors.map(({ pos, code }) => ({ offset: pos[0], detail: said[code] ?? 'nothing fits here' })),
    )
    const faults = broken.length > 0 ? broken : documents.flatMap((document) => structureFaults(document, at))
    return { documents, faults, at }
  } catch (error) {
    // The library calls itself for each level, until there is no stack left.
    if (error instanceof RangeError) return unread(tooDeep)
    throw error
  }
}

/** Escapes count too: each that is not known is a fault of its own. */
function hasTooManyParts(text: string): boolean {
  let parts = text.split('\\', mostParts + 1).length
  for (const _ of new Lexer().lex(text)) if ((parts += 1) > mostParts) return true
  return false
}

/** An error of the library for each fault has a stack that nobody reads: a million of them took 7 s, and take one without. */
function withoutStacks<T>(parse: () => T): T {
  const before = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  try {
    return parse()
  } finally {
    Error.stackTraceLimit = before
  }
}

/** What the library leaves to whoever reads the values: depth, aliases without an anchor, keys that stand twice. */
function structureFaults(document: Document, at: YamlText['at']): TextFault[] {
  const faults: TextFault[] = []
  const anchors = new Set<string>()
  const add = (node: Node, detail: string) => faults.push({ offset: node.range?.[0] ?? 0, detail })
  visit(document, (_, node, path) => {
    if (isAlias(node) && !anchors.has(node.source)) add(node, said.BAD_ALIAS ?? '')
    if (isCollection(node) && path.length > deepest) {
      add(node, tooDeep)
      return visit.BREAK
    }
    if (isMap(node)) for (const { key, first } of repeatedKeys(node)) add(key, againText(key, at(first.range?.[0] ?? 0).line))
    if ((isScalar(node) || isCollection(node)) && node.anchor) anchors.add(node.anchor)
    return undefined
  })
  return faults
}

const againText = ({ value }: Scalar, line: number): string =>
  `'${shortKey(String(value))}' stands here again, after line ${line}`

function repeatedKeys({ items }: YAMLMap): readonly { readonly key: Scalar; readonly first: Scalar }[] {
  const seen = new Map<unknown, Scalar>()
  return items.flatMap(({ key }) => {
    if (!isScalar(key)) return []
    const first = seen.get(key.value)
    if (first !== undefined) return [{ key, first }]
    seen.set(key.value, key)
    return []
  })
}

/** A key as it can be said back. */
export const shortKey = (key: string): string => (key.length > 60 ? `${key.slice(0, 60)}…` : key)

/** Where the value at `path` begins, or `key` in it. What is absent is placed where it should have been. */
export function offsetOf(document: Document, path: readonly PropertyKey[], key?: string): number | null {
  for (let length = path.length; length >= 0; length -= 1) {
    const found = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
    const node = length === path.length && key !== undefined ? (keyNode(found, key) ?? found) : found
    const start = (node as Node | null | undefined)?.range?.[0]
    if (start !== undefined) return start
  }
  return null
}

const keyNode = (node: unknown, key: string): unknown =>
  isMap(node) ? node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key)?.key : undefined
