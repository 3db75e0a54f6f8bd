/**
 * README.md, ARCHITECTURE.md, CONTRIBUTING.md, docs/ and the pages of rooms name only what exists: paths, links, npm scripts, suites, commands
 * and titles of tests.
 */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { suites } from '../tools/tests/suites.ts'
import { verbs } from '../schema/verbs.ts'
import { commands } from '../cli/commands/table.ts'
import { createProgram } from '../cli/program.ts'
import { createTerminal } from '../cli/terminal.ts'
import { claimsOf } from './document-claims.ts'

const root = join(import.meta.dirname, '..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const written = globSync(
  [
    '*.md',
    '{docs,domain,schema,workflows,activities,adapters,workers,api,cli,console,local-runtime,ops,tools,loadtests}/**/*.md',
  ],
  { cwd: root },
)
const documents = written.filter((file) => !file.includes('node_modules')).sort()
const roots = new Set(readdirSync(root).filter((name) => !['.git', 'node_modules', '.holdfast'].includes(name)))
const scripts: Record<string, string> = JSON.parse(read('package.json')).scripts

for (const document of documents) {
  describe(document, () => {
    const claims = claimsOf(read(document), roots)

    it('names only paths that exist, and links only to files and headings that exist', () => {
      expect(claims.paths.filter((path) => globSync(path, { cwd: root }).length === 0)).to.deep.equal([])
      expect(claims.links.filter((link) => !leadsSomewhere(document, link))).to.deep.equal([])
    })

    it('names only npm scripts, suites and benchmarks that exist', () => {
      expect(claims.npm.filter((command) => !isScript(command))).to.deep.equal([])
    })

    it('quotes only titles that the named test has', () => {
      expect(claims.titles.filter(({ file, title }) => !read(file).includes(title))).to.deep.equal([])
    })

    it('names only commands and flags that the command line has', function () {
      this.timeout(60_000)
      expect([...new Set(claims.commands)].flatMap(wrongIn)).to.deep.equal([])
    })
  })
}

describe('README.md', () => {
  it('says on one screen what this is, with two commands, a picture and where to read on', () => {
    const [screen = '', ownService] = read('README.md').split(/^## /m)
    expect(screen.split('\n').length).to.be.at.most(36)
    expect(screen).to.include('npm start').and.include('npm test').and.include('<img src=').and.include('Where next')
    expect(ownService?.match(/^\$ holdfast /gm)).to.have.length(5)
  })
})

function leadsSomewhere(document: string, link: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path ? join(dirname(document), path) : document
  if (!existsSync(join(root, target))) return false
  if (anchor === undefined || !target.endsWith('.md')) return true
  const headings = [...read(target).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => slug(heading))
  return headings.includes(anchor)
}

const slug = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .trim()
    .replaceAll(/\s/g, '-')

function isScript(command: string): boolean {
  const [name = '', argument] = command.replace(/^run /, '').split(' -- ')
  if (!scripts[name]) return false
  if (argument === undefined) return true
  if (name === 'test') return argument === 'check' || suites.some((suite) => suite.name === argument)
  return name !== 'bench' || existsSync(join(root, 'loadtests', `${argument}.ts`))
}

/** Help of a command as the program prints it. A process for each command took eleven seconds; test/cli has the real ones. */
function helpOf(words: readonly string[]): string {
  const { stdout, stderr } = process
  const terminal = createTerminal({ stdout, stderr, color: 'never' })
  const program = createProgram({ commands, version: '0', terminal, onCommand: () => {} })
  let at = program
  for (const word of words) {
    const next = at.commands.find((command) => command.name() === word)
    if (!next) return ''
    at = next
  }
  return at.helpInformation()
}

/** The faults of a command, by the table of verbs and by the program's help. */
function wrongIn(command: string): string[] {
  const words = command.split(' ')
  const row = verbs.find(({ cli }) => cli && cli.command.every((word, at) => words[at] === word))
  const isNoun = verbs.some(({ cli }) => cli && cli.command.length > 1 && cli.command[0] === words[0])
  if (!row && isNoun) return [`holdfast ${command}`]
  const known = row?.cli?.command ?? words.slice(0, 1)
  const help = helpOf(known)
  if (!help.includes(`holdfast ${known.join(' ')}`)) return [`holdfast ${command}`]
  const flags = command.match(/(?<=\s)--[a-z-]+/g) ?? []
  return flags.filter((flag) => !help.includes(flag)).map((flag) => `${flag} in holdfast ${command}`)
}
