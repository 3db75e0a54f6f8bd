/** What a Markdown document says there is: paths, links, npm scripts and commands. */

export interface Claims {
  /** Paths from the root, of what is run too; `*` stands where the document has a placeholder. */
  readonly paths: readonly string[]
  /** Links to other files or headings, relative to the document. */
  readonly links: readonly string[]
  /** What follows `npm`: `start`, `run check`, `test -- core`. */
  readonly npm: readonly string[]
  /** What follows `holdfast`, alternatives `a|b` taken apart. */
  readonly commands: readonly string[]
}

const fencingToken = /^```(\w*)\n([\s\S]*?)^```/gm
const extension = /\.(ts|tsx|mjs|md|sql|json|yaml|yml)$/
// An artifact, a home, a URL, a package or what is built is not in a fresh tree.
const foreign = /^(\/|\.\.\/|~|@|\.holdfast\/|https?:|node_modules\/|console\/dist)/

/** `roots` are the names at the top of the tree: what begins with one of them is a path of ours. */
export function claimsOf(markdown: string, roots: ReadonlySet<string>): Claims {
  const typed: string[] = []
  const prose = markdown.replaceAll(fencingToken, (_, language: string, code: string) => {
    if (/^(sh|bash|console|shell)?$/.test(language)) typed.push(...code.split('\n'))
    return ''
  })
  const spans = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span.replaceAll('\\|', '|'))
  // What stands in code is no link: `smoke[](path)` is a key.
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
  }
}

/** What `node` and the programs of packages are given. */
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
