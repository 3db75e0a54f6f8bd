/**
 * Reads YAML text (JSON is YAML too) in time that grows with its length. Its faults have sentences of their own, and its values a position.
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
  /** Lines and columns count from 1. */
  at(offset: number): { readonly line: number; readonly column: number }
}

export const tooDeep = 'it is nested too deeply'
const tooLong = 'it is too long, some ten thousand lines; as JSON it may be longer'

/** The meaning of the parser's codes. An unknown code becomes 'nothing fits here'. */
const details: Readonly<Record<string, string>> = {
  ALIAS_PROPS: 'an alias (*name) takes neither tag nor anchor',
  BAD_ALIAS: 'there is no anchor (&name) for this alias (*name); a text that begins with * needs quotes',
  BAD_DIRECTIVE: 'a line that begins with % is a directive, and YAML does not know this one',
  BAD_DQ_ESCAPE: 'this escape is not known in double quotes; single quotes keep a backslash as it is',
  BAD_INDENT: 'the indentation does not fit the lines above',
  BAD_PROP_ORDER: 'tag and anchor are in the wrong order',
  BAD_SCALAR_START: 'a text that begins like this needs quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a key and its value do not fit on this line: is a line break or a quote missing?',
  BLOCK_IN_FLOW: 'between brackets, lists and blocks must be written with brackets too',
  IMPOSSIBLE: 'nothing fits here',
  KEY_OVER_1024_CHARS: 'a key is longer than 1,024 characters',
  MISSING_CHAR: 'a bracket, a comma, a quote or a colon with a blank is missing',
  MULTILINE_IMPLICIT_KEY: 'a key must be on one line: is a colon or a quote missing above?',
  MULTIPLE_ANCHORS: 'there are two anchors (&name)',
  MULTIPLE_TAGS: 'there are two tags (!name)',
  NON_STRING_KEY: 'a key must be a text',
  RESOURCE_EXHAUSTION: tooDeep,
  TAB_AS_INDENT: 'a tab cannot indent: use blanks',
  TAG_RESOLVE_FAILED: 'this tag (!name) is not known; a text that begins with ! needs quotes',
  UNEXPECTED_TOKEN: 'this was not expected here',
}

/** The deepest nesting. No declaration needs more, and recursive readers would overflow the stack. */
export const deepest = 100

/**
 * The most words, signs, blanks and line breaks. Parsing takes about 3 µs for each, in the one thread that answers every request. A line
 * has four to ten.
 */
export const mostParts = 60_000

export function readYaml(text: string): YamlText {
  const lines = new LineCounter()
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    // For a text that is refused before its first line is read, the counter has no lines.
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  if (hasTooManyParts(text)) return { documents: [], faults: [{ offset: 0, detail: tooLong }], at }
  // The library compares every key with each key before it. The check below finds duplicates in one pass.
  const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: false }
  // The library is recursive. It reports nesting that overflows its stack as one of its faults.
  const documents: readonly Document[] = withoutStacks(() => parseAllDocuments(text, options))
  const broken = documents.flatMap(({ errors }) =>
    errors.map(({ pos, code }) => ({ offset: pos[0], detail: details[code] ?? 'nothing fits here' })),
  )
  const faults = broken.length > 0 ? broken : documents.flatMap((document) => structureFaults(document, at))
  return { documents, faults, at }
}

/** Escapes count too, because each unknown escape is a fault of its own. */
function hasTooManyParts(text: string): boolean {
  let parts = text.split('\\', mostParts + 1).length
  for (const _ of new Lexer().lex(text)) if ((parts += 1) > mostParts) return true
  return false
}

/** The library creates an error for each fault. A million of them took 7 s with their stacks, which are not used, and 1 s without. */
function withoutStacks<T>(parse: () => T): T {
  const before = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  try {
    return parse()
  } finally {
    Error.stackTraceLimit = before
  }
}

/** The faults that the library does not report: too much depth, aliases without an anchor, and repeated keys. */
function structureFaults(document: Document, at: YamlText['at']): TextFault[] {
  const faults: TextFault[] = []
  const anchors = new Set<string>()
  const add = (node: Node, detail: string) => faults.push({ offset: node.range?.[0] ?? 0, detail })
  visit(document, (_, node, path) => {
    if (isAlias(node) && !anchors.has(node.source)) add(node, details.BAD_ALIAS ?? '')
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
  `'${shortKey(String(value))}' is repeated: line ${line} has it already`

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

/** A key, shortened for an answer. */
export const shortKey = (key: string): string => (key.length > 60 ? `${key.slice(0, 60)}…` : key)

/** Where the value at `path`, or `key` in it, begins. An absent value has the position of its nearest block. */
export function offsetOf(document: Document, path: readonly PropertyKey[], key?: string): number | null {
  for (let length = path.length; length >= 0; length -= 1) {
    const found = document.getIn(path.slice(0, length), true)
    const node = length === path.length ? (keyNode(found, key) ?? found) : found
    const start = (node as Node | null | undefined)?.range?.[0]
    if (start !== undefined) return start
  }
  return null
}

const keyNode = (node: unknown, key: string | undefined): unknown =>
  isMap(node) ? node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key)?.key : undefined
