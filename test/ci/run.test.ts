/** The CI script's last line and exit code agree, however `npm test` ends. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { spawnSync } from 'node:child_process'
import { chmod, cp, mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/**
 * Runs a copy of the script with installed Debian packages and an `npm` that runs `does`. Resolves with the last line and the exit code.
 */
async function runCi(does: string): Promise<string> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'holdfast-ci-'))
  const bin = join(folder.path, 'bin')
  await mkdir(bin)
  await cp(join(import.meta.dirname, '../../.ci/run'), join(folder.path, '.ci/run'), { recursive: true })
  for (const [name, body] of [
    ['npm', does],
    ['chromium', ''],
    ['prometheus', ''],
  ] as const) {
    await writeFile(join(bin, name), `#!/bin/sh\n${body}\n`)
    await chmod(join(bin, name), 0o755)
  }
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH']}` }
  const { stdout, status } = spawnSync(join(folder.path, '.ci/run'), { encoding: 'utf8', env })
  return `${stdout.trimEnd().split('\n').at(-1)}; exit ${status}`
}

describe('the CI script', () => {
  it('passes on the last line and the exit code of npm test, which runs with CI set', async () => {
    expect(await runCi('echo "$CI"; echo "3 passed, 0 failed"')).to.equal('3 passed, 0 failed; exit 0')
    expect(await runCi('echo "3 passed, 2 failed"; exit 1')).to.equal('3 passed, 2 failed; exit 1')
    expect(await runCi('[ "$CI" = true ] && [ "$*" = "test --silent" ] && echo "1 passed, 0 failed"')).to.equal(
      '1 passed, 0 failed; exit 0',
    )
  })

  it('counts a broken run as failed: no last line, or one that contradicts the exit code', async () => {
    expect(await runCi('echo "npm is broken"; exit 7')).to.equal('0 passed, 1 failed; exit 7')
    expect(await runCi('exit 0')).to.equal('0 passed, 1 failed; exit 1')
    expect(await runCi('echo "3 passed, 0 failed"; exit 9')).to.equal('0 passed, 1 failed; exit 9')
    expect(await runCi('echo "3 passed, 1 failed"')).to.equal('0 passed, 1 failed; exit 1')
  })
})
