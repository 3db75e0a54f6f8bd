import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { before, describe, it } from 'mocha'
import type { HookCall } from '../../adapters/hook.ts'
import { membersOf } from '../../adapters/process/process-table.ts'
import { openUsersFolder, readUsers } from '../../adapters/process/users.ts'
import { localTarget } from '../../adapters/target/local.ts'
import { removeTree } from '../../local-runtime/remove-tree.ts'
import { openServiceUsers } from '../../local-runtime/service-users.ts'
import { createHooks } from '../../workers/hooks.ts'
import { fencingToken } from '../adapters/stand.ts'
import { leaveOut } from '../left-out.ts'
import type { TestRuntime } from '../stack/runtime.ts'
import { startRuntime } from '../stack/runtime.ts'
import { putSecret } from '../stack/secrets.ts'
import { until } from '../stack/until.ts'

/** Tries an attacker's actions on the given paths, and answers with the error code of each, or `done`. */
const attacker = `
  const fs = require('node:fs'), http = require('node:http'), { spawn } = require('node:child_process')
  const child = spawn('sleep', ['600'])
  fs.writeFileSync('data/state', 'mine to change')
  const tries = {
    read: (path) => fs.readFileSync(path),
    list: (path) => fs.readdirSync(path),
    write: (path) => fs.writeFileSync(path, 'attacked'),
    add: (path) => fs.writeFileSync(path + '/added', ''),
    remove: (path) => fs.rmSync(path, { recursive: true }),
    kill: (pid) => process.kill(Number(pid), 0),
    become: (uid) => process.setuid(Number(uid)),
    ask: (socketPath) => new Promise((resolve, reject) =>
      http.get({ socketPath, path: '/info' }, resolve).on('error', reject)),
  }
  http.createServer(async (request, response) => {
    const url = new URL(request.url, 'http://service')
    if (url.pathname === '/healthz') return response.end()
    if (url.pathname === '/me') {
      const { uid, gid } = { uid: process.getuid(), gid: process.getgid() }
      const me = { uid, gid, groups: process.getgroups(), pid: process.pid, child: child.pid, cwd: process.cwd(), home: process.env.HOME }
      return response.end(JSON.stringify({ ...me, token: process.env.TOKEN }))
    }
    try {
      await tries[url.searchParams.get('how')](url.searchParams.get('what'))
      response.end('done')
    } catch (error) { response.end(error.code) }
  }).listen(process.env.PORT, process.env.HOST)`

interface Me {
  readonly uid: number
  readonly gid: number
  readonly groups: readonly number[]
  readonly pid: number
  readonly child: number
  readonly cwd: string
  readonly home: string
  readonly token: string
}

/** A folder that all users may pass through, as the parent folder of the stack must be. */
function openFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'hf-users-'))
  chmodSync(folder, 0o755)
  return { folder, services: join(folder, 'home-services'), [Symbol.dispose]: () => removeTree(folder) }
}

/** A copy of Node for all users, because the running one may be in a folder that others cannot pass. */
function sharedNode(folder: string): string {
  const node = join(folder, 'node')
  execFileSync('cp', ['--reflink=auto', process.execPath, node])
  chmodSync(node, 0o755)
  return node
}

async function runAttacker(runtime: TestRuntime, node: string, service: string) {
  const at = { service, environment: 'production' }
  const artifact = mkdtempSync(join(tmpdir(), 'hf-attacker-'))
  mkdirSync(join(artifact, 'data'))
  writeFileSync(join(artifact, 'service.cjs'), attacker)
  writeFileSync(join(artifact, 'data/state'), 'as released')
  const { digest } = await runtime.client.importArtifact(artifact)
  rmSync(artifact, { recursive: true })
  putSecret(runtime, `${service}/token`, `secret-of-${service}`)
  const declared = {
    command: [node, 'service.cjs'],
    env: { TOKEN: { secret: 'token' } },
    grace: '1s',
    health: { every: '100ms' },
  }
  const spec = { revision: 'r-1', version: '1', artifact: digest, config: localTarget.config.parse(declared) }
  const { url } = await runtime.client.open(at, { timeoutMs: 5_000, sticky: 'none', edgesMs: [100] }, fencingToken(1, 1))
  await runtime.client.run(at, spec, 1, fencingToken(1, 1))
  await until('ready', async () => (await runtime.client.status(at))[0]?.readyReplicas === 1, 20_000)
  await runtime.client.setWeights(at, { 'r-1': 100 }, fencingToken(1, 2), [])
  return {
    at,
    digest,
    me: async () => (await (await fetch(`${url}/me`)).json()) as Me,
    tries: async (how: string, what: string | number) =>
      (await fetch(`${url}/?${new URLSearchParams({ how, what: String(what) })}`)).text(),
  }
}

const callOf = (command: readonly string[], service: string): HookCall => ({
  hook: { command, timeoutMs: 10_000, required: true },
  moment: 'before',
  idempotencyKey: 'rollout/shop/production/shop-2#3.before.0.1',
  release: `${service}-2`,
  service,
  environment: 'production',
  version: '1',
  stableVersion: null,
  phase: 'starting',
  step: 1,
  weightPercent: 0,
  reason: null,
})

describe('released processes as users of their own', function () {
  this.timeout(60_000)
  before(function () {
    if (process.getuid?.() !== 0) leaveOut(this, 'only root may start processes as another user')
  })

  it('can use their own files, and reach nothing of the stack or of another service', async () => {
    using around = openFolder()
    const node = sharedNode(around.folder)
    const args = ['--services-user', '3000000-3000009', '--services-folder', around.services]
    await using runtime = await startRuntime(undefined, args)
    const password = join(around.folder, 'password')
    writeFileSync(password, 'of the database', { mode: 0o600 })
    const [shop, other] = [await runAttacker(runtime, node, 'shop'), await runAttacker(runtime, node, 'other')]
    const [me, its] = [await shop.me(), await other.me()]
    expect(me).to.include({ uid: 3_000_000, gid: 3_000_000, home: me.cwd, token: 'secret-of-shop' })
    expect(me.groups).to.deep.equal([3_000_000])
    expect(its).to.include({ uid: 3_000_001, token: 'secret-of-other' })
    expect(readFileSync(join(me.cwd, 'data/state'), 'utf8')).to.equal('mine to change')
    expect(statSync(me.cwd).mode & 0o777).to.equal(0o700)
    expect(await shop.tries('add', me.cwd), 'its own copy').to.equal('done')
    const { pid: runtimePid } = JSON.parse(readFileSync(join(runtime.home, 'runtime.pid'), 'utf8')) as { pid: number }
    const closed: readonly (readonly [how: string, what: string | number])[] = [
      ['read', password],
      ['list', runtime.home],
      ['read', join(runtime.home, 'secret-digest-key')],
      ['read', join(runtime.home, 'secrets/other/token')],
      ['read', join(runtime.home, 'state.json')],
      ['list', join(runtime.home, 'artifacts', other.digest.replace(':', '-'))],
      ['write', join(runtime.home, 'state.json')],
      ['ask', runtime.socket],
      ['list', dirname(me.cwd)],
      ['list', around.services],
      ['add', around.services],
      ['add', dirname(me.cwd)],
      ['write', join(around.services, 'package.json')],
      ['remove', its.cwd],
      ['list', its.cwd],
      ['read', join(its.cwd, 'service.cjs')],
      ['write', join(its.cwd, 'service.cjs')],
      ['read', `/proc/${its.pid}/environ`],
      ['read', `/proc/${runtimePid}/environ`],
      ['list', `/proc/${its.pid}/fd`],
    ]
    for (const [how, what] of closed) expect(await shop.tries(how, what), `${how} ${what}`).to.be.oneOf(['EACCES', 'EPERM'])
    for (const pid of [its.pid, runtimePid]) expect(await shop.tries('kill', pid), `kill ${pid}`).to.equal('EPERM')
    for (const uid of [0, its.uid]) expect(await shop.tries('become', uid), `become ${uid}`).to.equal('EPERM')
    expect(readdirSync(around.folder)).to.not.include('added')
  })

  it('are ended with their whole group, and leave no copy, whatever they did to it', async () => {
    using around = openFolder()
    const args = ['--services-user', '65534:65534', '--services-folder', around.services]
    await using runtime = await startRuntime(undefined, args)
    const shop = await runAttacker(runtime, sharedNode(around.folder), 'shop')
    const { pid, child, cwd, uid, gid } = await shop.me()
    expect([uid, gid]).to.deep.equal([65_534, 65_534])
    // Even its owner cannot enter it now.
    chmodSync(join(cwd, 'data'), 0)
    chmodSync(cwd, 0)
    await runtime.client.setWeights(shop.at, {}, fencingToken(1, 3), [])
    await runtime.client.remove(shop.at, 'r-1', fencingToken(1, 4))
    expect(child).to.be.greaterThan(0)
    expect(membersOf(pid), 'its child is of its group').to.deep.equal([])
    expect(readdirSync(join(around.services, 'working'))).to.deep.equal([])
  })

  it('do not outlive a killed runtime, and neither do their copies', async () => {
    using around = openFolder()
    const args = ['--services-user', '3000000-3000009', '--services-folder', around.services]
    await using runtime = await startRuntime(undefined, args)
    const shop = await runAttacker(runtime, sharedNode(around.folder), 'shop')
    const before = await shop.me()
    await runtime.kill()
    await runtime.start()
    await until('ready', async () => (await runtime.client.status(shop.at))[0]?.readyReplicas === 1, 20_000)
    const after = await shop.me()
    expect(membersOf(before.pid), 'zombies aside').to.deep.equal([])
    expect(after.uid, 'it keeps its user').to.equal(before.uid)
    await until('the old copy is gone', () => readdirSync(around.services).every((name) => !name.startsWith('.waste-')))
  })

  it('include smoke commands and commands of hooks', async () => {
    using around = openFolder()
    const node = sharedNode(around.folder)
    const args = ['--services-user', '3000000-3000009', '--services-folder', around.services]
    await using runtime = await startRuntime(undefined, args)
    const shop = await runAttacker(runtime, node, 'shop')
    const { uid } = await shop.me()
    const program = `require('node:fs').writeFileSync('left', ''); console.log('user', process.getuid(), process.getgroups().join())
      process.exit(process.getuid() === ${uid} && process.cwd() === process.argv[1] ? 0 : 1)`
    const command = [node, '-e', program, '{artifact}']
    const smoke = await runtime.client.smoke(shop.at, 'r-1', { command, withinMs: 10_000 })
    expect(smoke).to.deep.equal({ ok: true, detail: `${node}: exit code 0: user ${uid} ${uid}` })
    const never = new AbortController().signal
    const hook = await createHooks([])(callOf(command, 'shop'), never, shop.digest, runtime.client)
    expect(hook).to.include({ ok: true })
    expect(readdirSync(join(around.services, 'working'))).to.have.length(1)
  })

  it('are refused with the remedy when they are not possible', () => {
    using around = openFolder()
    expect(readUsers('')).to.equal(null)
    for (const [text, words] of [
      ['no-such-user', 'there is no user no-such-user'],
      ['root', "root is root's"],
      ['0:0', "0:0 is root's"],
      ['1000:0', "1000:0 is root's"],
      ['9-3', 'is no range'],
      ['0-9', 'is no range'],
      ['65530-65540', 'is a user in 65530-65540'],
    ] as const)
      expect(() => readUsers(text), text)
        .to.throw(words)
        .with.property('hint')
    expect(readUsers('nobody')).to.deep.equal({ one: { uid: 65_534, gid: 65_534 } })
    const users = { first: 3_000_000, last: 3_000_000 }
    const closed = join(around.folder, 'closed')
    mkdirSync(closed, { mode: 0o700 })
    expect(() => openUsersFolder(join(closed, 'services'), users)).to.throw(`cannot pass through ${closed}`)
    const open = join(around.folder, 'open')
    mkdirSync(open)
    chmodSync(open, 0o777)
    expect(() => openUsersFolder(open, users)).to.throw("is not a folder of root's alone")
  })

  it('get one user each from the range, and never another’s', () => {
    using around = openFolder()
    const at = (service: string) => ({ service, environment: 'production' })
    const users = openServiceUsers(around.folder, { first: 100, last: 101 })
    expect([users.of(at('a')), users.of(at('b')), users.of(at('a'))].map((user) => user?.uid)).to.deep.equal([100, 101, 100])
    expect(() => users.of(at('c'))).to.throw('no user of 100-101 is left for c/production')
    const wider = openServiceUsers(around.folder, { first: 100, last: 102 })
    expect([wider.of(at('c')), wider.of(at('b'))].map((user) => user?.uid)).to.deep.equal([102, 101])
  })
})

describe('a removal by root', () => {
  it('follows no link, and does not depend on the owner’s permissions', function () {
    if (process.getuid?.() !== 0) leaveOut(this, 'only root removes what is another’s')
    using around = openFolder()
    const [kept, waste] = [join(around.folder, 'kept'), join(around.folder, 'waste')]
    mkdirSync(kept)
    writeFileSync(join(kept, 'file'), '')
    mkdirSync(join(waste, 'copy/in/side'), { recursive: true })
    execFileSync('ln', ['-s', kept, join(waste, 'copy/in/link')])
    execFileSync('chown', ['-hR', '3000000:3000000', join(waste, 'copy')])
    chmodSync(join(waste, 'copy/in'), 0)
    removeTree(waste)
    expect(readdirSync(around.folder)).to.deep.equal(['kept'])
    expect(readdirSync(kept)).to.deep.equal(['file'])
  })
})
