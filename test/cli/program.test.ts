/** The command line is built from the table of verbs: every verb is there, help names it, and shells complete it. */
import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { completionScript } from '../../cli/commands/completion.ts'
import { commands } from '../../cli/commands/table.ts'
import { normalArgv } from '../../cli/program.ts'
import { verbs } from '../../schema/verbs.ts'
import { run } from './recorded-api.ts'

const named = commands.map(({ command }) => command.join(' '))

describe('the table of commands', () => {
  it('has every verb of the API that has a command, once, and the commands that only work on this machine', () => {
    const typed = verbs.flatMap(({ cli }) => (cli ? [cli.command.join(' ')] : []))
    expect(named).to.include.members(typed)
    expect(named).to.include.members([
      'init',
      'login',
      'schema',
      'completion',
      'traffic',
      'demo good',
      'demo bad',
      'demo break',
      'demo mend',
    ])
    expect(new Set(named).size).to.equal(named.length)
  })

  it('is in docs/cli.md, with every argument and flag', async () => {
    const page = await readFile(join(import.meta.dirname, '../../docs/cli.md'), 'utf8')
    for (const { command, args, flags } of commands) {
      const words = ['holdfast', ...command, ...args.map(({ name, required }) => (required ? `<${name}>` : `[${name}]`))].join(
        ' ',
      )
      const row = page.split('\n').find((line) => line.startsWith(`| \`${words}\` |`))
      expect(row, words).to.be.a('string')
      for (const { name } of flags) if (name !== 'json') expect(row, words).to.include(`--${name}`)
    }
  })

  it('describes every word', async () => {
    const { out } = await run(['--help'])
    for (const word of new Set(commands.map(({ command: [first] }) => first)))
      expect(out, word).to.match(new RegExp(`^ {2}${word}\\b.* {2}\\S`, 'm'))
  })

  for (const [words, message, hint] of [
    [['service', 'show'], '<service> is missing', "'holdfast service show --help' shows what it takes"],
    [['plan', 'shop'], '--version <VERSION> is missing', "'holdfast plan --help' shows what it takes"],
    [['plan', 'shop', '--version'], '--version <VERSION> needs a value', "'holdfast plan --help' shows what it takes"],
    [['plan', 'shop', '--verson', '1'], "there is no flag '--verson' here", "did you mean '--version'?"],
    [['releas', 'list'], "there is no command 'releas'", "did you mean 'release'?"],
    [['status', 'shop', 'now'], 'there are too many arguments: shop, now', "'holdfast status --help' shows what it takes"],
    [['completion', 'bsh'], "'bsh' is not a shell: use bash, zsh, fish", "'holdfast completion --help' shows what it takes"],
  ] as const)
    it(`says in plain words what is wrong with '${words.join(' ')}', for people and programs alike`, async () => {
      expect(await run(words)).to.deep.include({ exit: 2, err: `error: ${message}\nhint: ${hint}\n` })
      // At the end, its value would be missing. A command without the API has no such option.
      if (words.at(-1) === '--version' || words[0] === 'completion') return
      expect(JSON.parse((await run([...words, '--json'])).out)).to.include({ code: 'invalid-input', detail: message })
    })

  it('takes --wait without a value as "to the end", at any position', () => {
    expect(normalArgv(['release', 'pause', '--wait', 'shop-1'])).to.deep.equal(['release', 'pause', '--wait=end', 'shop-1'])
    expect(normalArgv(['--wait=settled', '--', '--wait'])).to.deep.equal(['--wait=settled', '--', '--wait'])
  })

  it("describes each command's input by --help, and prints a valid JSON Schema without an API", async () => {
    const help = await run(['release', 'start', '--help'])
    expect(help.exit).to.equal(0)
    expect(help.out).to.include('--version <VERSION>').and.include('--wait [settled]').and.include('--no-wait')
    expect((await run([])).exit).to.equal(2)
    const schema = await run(['schema'])
    expect(JSON.parse(schema.out)).to.include({ $schema: 'https://json-schema.org/draft/2020-12/schema' })
  })
})

describe('completion', () => {
  const complete = (...words: string[]): string[] => {
    const script = `${completionScript('bash', commands)}
COMP_WORDS=(holdfast "$@"); COMP_CWORD=$#; _holdfast; printf '%s\\n' "\${COMPREPLY[@]}"`
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script, 'bash', ...words], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH },
    })
    expect(stderr).to.equal('')
    return stdout.trim().split('\n')
  }

  it('offers in bash the words and flags that fit at the cursor', () => {
    expect(complete('re')).to.deep.equal(['release'])
    expect(complete('release', 'pro')).to.deep.equal(['promote'])
    expect(complete('release', 'start', 'shop', '--ver')).to.deep.equal(['--version'])
    expect(complete('completion', '')).to.include.members(['bash', 'zsh', 'fish'])
  })

  it('exists for zsh and fish, and quotes what the shell would interpret', () => {
    expect(completionScript('zsh', commands)).to.include('#compdef holdfast').and.include("API'\\''s")
    expect(completionScript('fish', commands)).to.include('complete -c holdfast')
  })
})
