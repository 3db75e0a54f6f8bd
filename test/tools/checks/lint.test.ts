/** The linter's rules: each bad line is refused by the rule that the line names. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { spawnSync } from 'node:child_process'
import { cp, glob, mkdtempDisposable, readFile, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'

const root = join(import.meta.dirname, '../../..')
const Report = z.object({
  diagnostics: z.array(
    z.object({ code: z.string(), filename: z.string(), labels: z.array(z.object({ span: z.object({ line: z.number() }) })) }),
  ),
})

describe('the linter', () => {
  it('refuses a clock, randomness, the environment, and unsafe types and promises, each by its rule', async () => {
    await using copy = await mkdtempDisposable(join(tmpdir(), 'holdfast-lint-'))
    const wanted = await copyExamples(copy.path)
    const run = spawnSync(
      join(root, 'node_modules/.bin/oxlint'),
      ['--type-aware', '--format=json', 'domain', 'workflows', 'adapters', 'api'],
      {
        cwd: copy.path,
        encoding: 'utf8',
      },
    )
    const { diagnostics } = Report.parse(JSON.parse(run.stdout))
    const found = diagnostics.map(
      ({ code, filename, labels }) => `${filename}:${labels[0]?.span.line} ${/\((.*)\)/.exec(code)?.[1]}`,
    )
    expect(run.status).to.equal(1)
    expect(found).to.include.members(wanted)
  })
})

/**
 * Copies the lines that the linter must refuse, with the tree's configuration without its exceptions. Resolves with `file:line rule` of
 * each.
 */
async function copyExamples(folder: string): Promise<string[]> {
  const bad = join(import.meta.dirname, 'bad')
  const { ignorePatterns: _, ...config } = z
    .record(z.string(), z.unknown())
    .parse(JSON.parse(await readFile(join(root, '.oxlintrc.json'), 'utf8')))
  await writeFile(join(folder, '.oxlintrc.json'), JSON.stringify(config))
  await cp(join(root, 'tsconfig.json'), join(folder, 'tsconfig.json'))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  const wanted: string[] = []
  for await (const file of glob('**/{clock,environment,careless}.ts', { cwd: bad })) {
    const text = await readFile(join(bad, file), 'utf8')
    await cp(join(bad, file), join(folder, file), { recursive: true })
    for (const [at, line] of text.split('\n').entries()) {
      const rule = /\/\/ ([a-z-]+)$/.exec(line)?.[1]
      if (rule) wanted.push(`${file}:${at + 1} ${rule}`)
    }
  }
  return wanted
}
