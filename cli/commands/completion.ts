/** Completion scripts for bash, zsh and fish, built from the table of commands. They complete words and flags. */
import { Problem } from '../../domain/problem.ts'
import type { CliCommand } from '../command.ts'
import type { Run } from '../context.ts'
import { argument } from '../context.ts'

type Shell = 'bash' | 'zsh' | 'fish'

interface Node {
  /** Words typed so far, joined by one space. */
  readonly path: string
  /** What may come next, with its summary. */
  readonly next: ReadonlyMap<string, string>
}

/** @param commands a function, because this command is itself one of them */
export const printCompletion =
  (commands: () => readonly CliCommand[]): Run =>
  async ({ terminal }, typed) => {
    const shell = argument(typed, 'shell')
    if (!isShell(shell))
      throw new Problem('invalid-input', `there is no completion for '${shell}'`, { hint: 'one of: bash, zsh, fish' })
    terminal.write(completionScript(shell, commands()))
  }

const isShell = (text: string): text is Shell => text === 'bash' || text === 'zsh' || text === 'fish'

export const completionScript = (shell: Shell, commands: readonly CliCommand[]): string => scripts[shell](nodesOf(commands))

/** Every position at which a word or flag can be completed. */
function nodesOf(commands: readonly CliCommand[]): readonly Node[] {
  const nodes = new Map<string, Map<string, string>>()
  const at = (path: string): Map<string, string> => {
    const found = nodes.get(path) ?? new Map<string, string>()
    nodes.set(path, found)
    return found
  }
  for (const { command, flags, args, summary } of commands) {
    command.forEach((word, i) => at(command.slice(0, i).join(' ')).set(word, i + 1 < command.length ? `${word} ...` : summary))
    const leaf = at(command.join(' '))
    for (const { choices } of args) for (const choice of choices ?? []) leaf.set(choice, '')
    for (const flag of flags) leaf.set(`--${flag.name}`, flag.summary)
  }
  return [...nodes].map(([path, next]) => ({ path, next }))
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** Finds the longest known path of words before the cursor, and completes what may follow it. */
const bash = (nodes: readonly Node[]): string => `# holdfast completion for bash: source <(holdfast completion bash)
_holdfast() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" word next=""
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path \${word}" in
${nodes
  .filter(({ path }) => path !== '')
  .map(({ path }) => `      ${path.includes(' ') ? quoted(path) : quoted(` ${path}`)}) path=${quoted(path)} ;;`)
  .join('\n')}
    esac
  done
  case "$path" in
${nodes.map(({ path, next }) => `    ${quoted(path)}) next=${quoted([...next.keys()].join(' '))} ;;`).join('\n')}
  esac
  # No mapfile, which the bash of macOS does not have. Words have no blanks, and file names are split at line ends only.
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "\${next// /$IFS}" -- "$current"))
  [[ \${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _holdfast holdfast
`

const zsh = (nodes: readonly Node[]): string => `#compdef holdfast
# holdfast completion for zsh: source <(holdfast completion zsh)
_holdfast() {
  local path_="" word
  local -a next
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$path_ $word" in
${nodes
  .filter(({ path }) => path !== '')
  .map(({ path }) => `      ${path.includes(' ') ? quoted(path) : quoted(` ${path}`)}) path_=${quoted(path)} ;;`)
  .join('\n')}
    esac
  done
  case "$path_" in
${nodes.map(({ path, next }) => `    ${quoted(path)}) next=(${described(next)}) ;;`).join('\n')}
  esac
  _describe 'holdfast' next || _files
}
compdef _holdfast holdfast
`

const described = (next: Node['next']): string =>
  [...next].map(([word, summary]) => quoted(`${word}:${summary.replaceAll(':', '\\:')}`)).join(' ')

const fish = (nodes: readonly Node[]): string => `# holdfast completion for fish: holdfast completion fish | source
function __holdfast_at
  set -l path
  for word in (commandline -opc)[2..-1]
    switch "$path $word"
${nodes
  .filter(({ path }) => path !== '')
  .map(({ path }) => `      case ${path.includes(' ') ? quoted(path) : quoted(` ${path}`)}\n        set path ${quoted(path)}`)
  .join('\n')}
    end
  end
  test "$path" = "$argv[1]"
end
${nodes
  .flatMap(({ path, next }) =>
    [...next].map(([word, summary]) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${quoted(word)}`
      return `complete -c holdfast -n ${quoted(`__holdfast_at "${path}"`)} ${what} -d ${quoted(summary)}`
    }),
  )
  .join('\n')}
`

const scripts: Readonly<Record<Shell, (nodes: readonly Node[]) => string>> = { bash, zsh, fish }
