/** Where a JSON text is broken. The message of the JavaScript engine often leaves that out. */

const space = /[ \t\n\r]*/y
const scalar =
  /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
const key = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"[ \t\n\r]*:/y

/** Line and column, from 1, of the first character that is not valid JSON. */
export function jsonFault(text: string): { readonly line: number; readonly column: number } {
  const before = text.slice(0, faultOffset(text)).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

/** Walks as a parser would, with a stack of its own, because the sender chooses the depth. */
function faultOffset(text: string): number {
  const open: ('{' | '[')[] = []
  let at = 0
  const skipSpace = () => {
    space.lastIndex = at
    at += space.exec(text)?.[0].length ?? 0
  }
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    at += found?.[0].length ?? 0
    skipSpace()
    return found !== null
  }
  skipSpace()
  for (;;) {
    // A value comes next. In an object, its key has been read.
    const char = text[at]
    if (char === '{' || char === '[') {
      at += 1
      skipSpace()
      open.push(char)
      const isEmpty = text[at] === (char === '{' ? '}' : ']')
      if (!isEmpty) {
        if (char === '{' && !take(key)) return at
        continue
      }
    } else if (!take(scalar)) return at
    // A value has ended: brackets that close after it come next, then a comma.
    while (open.length > 0 && text[at] === (open.at(-1) === '{' ? '}' : ']')) {
      open.pop()
      at += 1
      skipSpace()
    }
    if (open.length === 0 || text[at] !== ',') return at
    at += 1
    skipSpace()
    if (open.at(-1) === '{' && !take(key)) return at
  }
}
