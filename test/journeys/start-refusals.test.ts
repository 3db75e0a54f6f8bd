import { execFileSync } from 'node:child_process'
import { createServer } from 'node:net'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { leaveOut } from '../left-out.ts'
import type { StartOptions } from '../stack/npm-start.ts'
import { leftIn, npmStart } from '../stack/npm-start.ts'
import { freePort } from '../../adapters/free-port.ts'
import { startOtherRuntime } from '../stack/other-runtime.ts'
import { createRunFolder } from '../stack/run-folder.ts'

interface Refusal {
  readonly what: string
  readonly error: RegExp
  readonly remedy: RegExp
  readonly options: (folder: string) => StartOptions
  /** Needs a file system of its own. */
  readonly mounts?: true
}

/** The home on its own file system, mounted with these options in a private namespace. */
const on =
  (mounted: string) =>
  (folder: string): StartOptions => {
    mkdirSync(join(folder, 'home'))
    const script = `mount -t tmpfs -o ${mounted} none "$0" && exec "$@"`
    return { under: ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', script, join(folder, 'home')] }
  }

const refusals: readonly Refusal[] = [
  {
    what: 'invalid settings, all in one error',
    error: /HOLDFAST_HOST must be a loopback address.*HOLDFAST_CONSOLE_URL must begin with http.*HOLDFAST_ANALYSIS_SLOTS /,
    remedy: /docs\/settings\.md/,
    options: () => ({ env: { HOLDFAST_ANALYSIS_SLOTS: 'many', HOLDFAST_HOST: '0.0.0.0', HOLDFAST_CONSOLE_URL: 'here' } }),
  },
  {
    what: 'missing users of services',
    error: /HOLDFAST_SERVICES_USER is set, and (there is no user nobody-at-all|only root may)/,
    remedy: /write uid:gid, or a range|start it as root/,
    options: () => ({ env: { HOLDFAST_SERVICES_USER: 'nobody-at-all' } }),
  },
  {
    what: 'a folder that cannot be made',
    error: /\/proc\/nowhere\/home cannot be used: ENOENT/,
    remedy: /HOLDFAST_HOME/,
    options: () => ({ env: { HOLDFAST_HOME: '/proc/nowhere/home' } }),
  },
  {
    what: 'a read-only folder',
    error: /home cannot be used: EROFS/,
    remedy: /HOLDFAST_HOME/,
    options: on('ro'),
    mounts: true,
  },
  {
    what: 'a full disk',
    error: /home cannot be used: ENOSPC/,
    remedy: /with space left, by HOLDFAST_HOME/,
    options: on('size=32k'),
    mounts: true,
  },
  {
    what: 'a disk that becomes full during the start',
    error: /no database can be made/,
    remedy: /No space left/,
    options: on('size=16m'),
    mounts: true,
  },
  {
    what: 'a missing component',
    error: /temporal is not available/,
    remedy: /HOLDFAST_TEMPORAL_CLI is \/nowhere/,
    options: () => ({ env: { HOLDFAST_TEMPORAL_CLI: '/nowhere' } }),
  },
  {
    what: 'a configured database that does not answer, without asking for PostgreSQL programs',
    error: /database does not answer/,
    remedy: /DATABASE_URL/,
    options: () => ({ env: { DATABASE_URL: 'postgres://x:y@127.0.0.1:1/x', HOLDFAST_POSTGRES_BIN: '/nowhere' } }),
  },
  {
    what: 'invalid payload keys',
    error: /HOLDFAST_PAYLOAD_KEYS must be id:key by blanks/,
    remedy: /docs\/settings\.md/,
    options: () => ({ env: { HOLDFAST_PAYLOAD_KEYS: 'a:short' } }),
  },
]

function canMount(): boolean {
  try {
    execFileSync('unshare', ['--user', '--map-root-user', '--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Expects one error with its remedy, a failing exit code, and no process left but what ran before. */
async function expectRefusal(
  folder: string,
  port: number,
  options: StartOptions,
  error: RegExp,
  remedy: RegExp,
  before: readonly string[] = [],
): Promise<void> {
  await using refused = npmStart(folder, port, { ...options, args: ['--no-demo'] })
  const code = await refused.exited
  const said = refused.lines.join('\n')
  expect(code, said).to.be.oneOf([1, 2, 4, 6])
  const errors = refused.lines.filter((line) => line.startsWith('error:'))
  expect(errors, said).to.have.length(1)
  expect(errors[0]).to.match(error)
  expect(refused.lines.find((line) => line.startsWith('hint:'))).to.match(remedy)
  expect(said).to.not.match(/Holdfast is up|ending:/)
  expect(leftIn(folder)).to.deep.equal(before)
}

describe('npm start refuses with one error and its remedy, and leaves nothing running', function () {
  this.timeout(120_000)

  for (const { what, error, remedy, options, mounts } of refusals) {
    it(`on ${what}`, async function () {
      if (mounts && !canMount()) return leaveOut(this, 'no file system can be mounted in a user namespace here')
      const folder = await createRunFolder('start')
      await expectRefusal(folder, await freePort(), options(folder), error, remedy)
    })
  }

  it('on a runtime of another version that an earlier stack left, before anything is started or ended', async () => {
    const folder = await createRunFolder('start')
    const home = join(folder, 'home')
    mkdirSync(home)
    const [socket, pidFile] = [join(folder, 'runtime.sock'), join(home, 'runtime.pid')]
    await using _ = await startOtherRuntime('from before there was a number', { folder: home, socket, pidFile })
    const remedy = /run the older version, .*, or begin with another data folder \(HOLDFAST_HOME\)/
    await expectRefusal(folder, await freePort(), {}, /it speaks protocol 0, and this version speaks/, remedy, leftIn(folder))
    expect(existsSync(join(home, 'postgres'))).to.equal(false)
  })

  it('on a taken port', async () => {
    const server = createServer()
    const port = await new Promise<number>((resolve, reject) => {
      server.once('error', reject).listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
    })
    try {
      const folder = await createRunFolder('start')
      const [error, remedy] = [new RegExp(`port ${port} is taken`), /choose another port/]
      await expectRefusal(folder, port, {}, error, /choose another port by 'npm start -- --port PORT'$/)
      for (const variable of ['HOLDFAST_TEMPORAL_PORT', 'HOLDFAST_RUNTIME_METRICS_PORT'])
        await expectRefusal(folder, await freePort(), { env: { [variable]: String(port) } }, error, remedy)
    } finally {
      server.close()
    }
  })
})
