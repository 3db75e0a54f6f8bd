/** Settings: one error names all faults, secrets may come from files and are in no message, and only the named settings are read. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { logBorne, readConfig } from '../../adapters/config.ts'
import type { SettingName } from '../../adapters/settings.ts'
import { settings } from '../../adapters/settings.ts'
import { Problem } from '../../domain/problem.ts'
import { settingsFile, settingsPage } from '../../tools/settings-page.ts'

const url = 'postgres://holdfast:hunter2@127.0.0.1:5432/holdfast'

describe('the configuration', () => {
  it('has a default for everything that does not depend on the installation', () => {
    const names = (Object.keys(settings) as SettingName[]).filter((name) => settings[name].preset !== null)
    expect(readConfig({}, names)).to.include({ port: 7420, host: '127.0.0.1', localTarget: 'refuse', logLevel: 'info' })
    const needed = (Object.keys(settings) as SettingName[]).filter((name) => settings[name].preset === null)
    expect(needed).to.have.members(['databaseUrl', 'keyPepper'])
  })

  it('that is wrong is one error with every bad variable', () => {
    const error = refusal({ HOLDFAST_PORT: '70000', HOLDFAST_HOST: '0.0.0.0', LOG_LEVEL: 'loud' }, [
      'port',
      'host',
      'logLevel',
      'databaseUrl',
    ])
    expect(error.errors.map(({ pointer }) => pointer)).to.deep.equal([
      'HOLDFAST_PORT',
      'HOLDFAST_HOST',
      'LOG_LEVEL',
      'DATABASE_URL',
    ])
    for (const { pointer } of error.errors) expect(error.message).to.include(pointer)
  })

  it('takes a secret from the file that *_FILE names, and refuses two sources', async () => {
    await using scratch = await createScratch()
    const file = await scratch.write('url', `${url}\n`)
    expect(readConfig({ DATABASE_URL_FILE: file }, ['databaseUrl'])).to.deep.equal({ databaseUrl: url })
    expect(refusal({ DATABASE_URL_FILE: file, DATABASE_URL: url }, ['databaseUrl']).message).to.match(/both set/)
    expect(refusal({ DATABASE_URL_FILE: join(scratch.folder, 'absent') }, ['databaseUrl']).message).to.match(
      /DATABASE_URL_FILE names .*ENOENT/,
    )
  })

  it("takes a collector's headers as OpenTelemetry writes them, and refuses malformed ones", () => {
    const read = (text: string) => readConfig({ OTEL_EXPORTER_OTLP_HEADERS: text }, ['OTEL_EXPORTER_OTLP_HEADERS'])
    for (const right of ['', 'authorization=Basic%20YTpi=, x-team = shop'])
      expect(read(right)).to.deep.equal({ OTEL_EXPORTER_OTLP_HEADERS: right })
    for (const wrong of ['alone', '=x', 'a b=c', 'a=%zz', 'a=%ff', 'a=%0d%0ab'])
      expect(() => read(wrong), wrong).to.throw('must be name=value')
  })

  it('reads a file only for a secret setting', async () => {
    await using scratch = await createScratch()
    expect(readConfig({ HOLDFAST_PORT_FILE: await scratch.write('port', '1') }, ['port']).port).to.equal(7420)
  })

  it("never shows a secret's value", async () => {
    await using scratch = await createScratch()
    const file = await scratch.write('pepper', 'hunter2')
    const error = refusal({ DATABASE_URL: 'mysql://hunter2', HOLDFAST_KEY_PEPPER_FILE: file }, ['databaseUrl', 'keyPepper'])
    expect(error.errors).to.have.length(2)
    expect(JSON.stringify([error.message, error.errors, error.hint, error.more])).not.to.include('hunter2')
  })

  it('refuses a crash point outside tests', () => {
    expect(refusal({ HOLDFAST_CRASH_AT: 'x' }, ['crashAt']).message).to.match(/HOLDFAST_CRASH_AT is for tests only/)
    expect(readConfig({ HOLDFAST_CRASH_AT: 'x', HOLDFAST_TEST: '1' }, ['crashAt']).crashAt).to.equal('x')
  })

  it('bears an unusable file of clusters once something has started, and logs it with the name of the file and the fault', async () => {
    await using scratch = await createScratch()
    const env = { HOLDFAST_CLUSTERS_FILE: await scratch.write('clusters', 'a: [') }
    const why = new RegExp(`HOLDFAST_CLUSTERS_FILE names ${scratch.folder}/clusters, which cannot be used: Flow`)
    expect(() => readConfig(env, ['clusters'], [], true)).to.throw(Problem, why)
    expect(readConfig(env, ['clusters']).clusters).to.be.a('function')
    const said: string[] = []
    const log = { error: (_: object, message: string) => said.push(message) }
    logBorne(log, env, ['port'])
    logBorne(log, { HOLDFAST_CLUSTERS_FILE: await scratch.write('empty', '') }, ['clusters'])
    expect(said).to.deep.equal([])
    logBorne(log, env, ['clusters'])
    expect(said).to.have.length(1)
    expect(said[0]).to.match(why)
  })

  it('is frozen, and holds only the named settings', () => {
    const config = readConfig({}, ['port', 'allowedHosts'])
    expect(Object.isFrozen(config)).to.equal(true)
    expect(Object.keys(config)).to.deep.equal(['port', 'allowedHosts'])
  })

  it('is documented row by row', async () => {
    expect(await readFile(settingsFile, 'utf8')).to.equal(settingsPage())
  })
})

function refusal(env: Record<string, string>, names: readonly SettingName[]): Problem {
  try {
    readConfig(env, names)
  } catch (error) {
    if (error instanceof Problem && error.code === 'invalid-config') return error
    throw error
  }
  throw new Error('it was accepted')
}

async function createScratch() {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-config-'))
  return {
    folder,
    async write(name: string, content: string): Promise<string> {
      await writeFile(join(folder, name), content)
      return join(folder, name)
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
