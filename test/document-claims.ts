/** The claims of a Markdown document: paths, links, npm scripts, commands, and titles of tests. */

export interface Claims {
  /** Paths from the root, also of programs that are run. A `*` replaces a placeholder. */
  readonly paths: readonly string[]
  /** Links to other files or headings, relative to the document. */
  readonly links: readonly string[]
  /** The words after `npm`: `start`, `run check`, `test -- core`. */
  readonly npm: readonly string[]
  /** The words after `holdfast`; alternatives `a|b` are separate commands. */
  readonly commands: readonly string[]
  /** Titles, whole or in part, that stand after the path of their test: `` `test/a.test.ts`: 'does this', 'does that' ``. */
  readonly titles: readonly { readonly file: string; readonly title: string }[]
}

const codeBlock = /^```(\w*)\n([\s\S]*?)^```/gm
const extension = /\.(ts|tsx|mjs|md|sql|json|yaml|yml)$/
// Not in a fresh tree: an artifact, a home, a URL, a package, built files.
const foreign = /^(\/|\.\.\/|~|@|\.holdfast\/|https?:|node_modules\/|console\/dist)/

/** @param roots names at the top of the tree: a path of the tree begins with one of them */
export function claimsOf(markdown: string, roots: ReadonlySet<string>): Claims {
  const typed: string[] = []
  const prose = markdown.replaceAll(codeBlock, (_, language: string, code: string) => {
    if (/^(sh|bash|console|shell)?$/.test(language)) typed.push(...code.split('\n'))
    return ''
  })
  const spans = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span.replaceAll('\\|', '|'))
  // Code contains no links: `smoke[](path)` is a key.
  const links = [...prose.replaceAll(/`[^`\n]+`/g, '').matchAll(/\]\(([^)\s]+)\)|src="([^"]+)"/g)].map(
    ([, target, image = '']) => target ?? image,
  )
  const lines = [...spans, ...typed.flatMap((line) => line.split('&&'))].map((line) => line.trim().replace(/^\$ /, ''))
  return {
    paths: [...spans, ...lines.flatMap(runsOf)]
      .filter((each) => isPath(each, roots))
      .map((each) => each.replaceAll(/<[^>]+>/g, '*')),
    links: links.filter((target) => !/^[a-z]+:/.test(target)),
    npm: lines.flatMap((line) => /^npm ((?:start|test|run [\w:-]+)(?: -- [\w-]+)?)/.exec(line)?.[1] ?? []),
    commands: lines.flatMap((line) => alternatives(/^(?:npx )?holdfast ([a-z].*)$/.exec(line)?.[1] ?? '')),
    titles: titlesIn(prose),
  }
}

function titlesIn(prose: string): Claims['titles'] {
  const quoted = /`(test\/[\w./-]+\.ts)`: ('[^'|]+'(?:, '[^'|]+')*)/g
  return [...prose.replaceAll(/\s+/g, ' ').matchAll(quoted)].flatMap(([, file = '', titles = '']) =>
    titles
      .slice(1, -1)
      .split("', '")
      .map((title) => ({ file, title })),
  )
}

/** The arguments of `node` and of the packages' programs. */
const runsOf = (line: string): string[] => (/^node(_modules\/\S+)? /.test(line) ? line.split(' ').slice(1) : [])

function isPath(span: string, roots: ReadonlySet<string>): boolean {
  if (foreign.test(span) || !/^[\w.*<>-]+(\/[\w.*<>-]+)*\/?$/.test(span)) return false
  const [first = '', second] = span.split('/')
  return second === undefined ? roots.has(span) && /[.]/.test(span) : roots.has(first) || extension.test(span)
}

/** `release pause|resume ID` is two commands. */
function alternatives(command: string): string[] {
  const choice = /^([a-z -]*?)([a-z-]+(?:\|[a-z-]+)+)(.*)$/.exec(command)
  if (!choice) return command ? [command] : []
  const [, before = '', words = '', after = ''] = choice
  return words.split('|').map((word) => `${before}${word}${after}`)
}
