/** What happens when a file of the stack is lost or damaged. No file is removed because it cannot be read. */
import { createHash } from 'node:crypto'
import { cpSync, lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { before, describe, it } from 'mocha'
import { createDatabase } from '../../../adapters/postgres/database/database.ts'
import { readCredential, writeCredential } from '../../../cli/credentials.ts'
import { postgres } from '../../../ops/components/postgres.ts'
import { endLeftover, startChild } from '../../../ops/components/process.ts'
import { startPostgres } from '../../../ops/components/start-postgres.ts'
import { startTemporal } from '../../../ops/components/start-temporal.ts'
import { temporal } from '../../../ops/components/temporal.ts'
import { builtWorkflows } from '../../../ops/up/bundle.ts'
import { openHome } from '../../../ops/up/home.ts'
import { atEnd } from '../../stack/at-end.ts'

const damages = {
  missing: (file: string) => rmSync(file, { recursive: true }),
  // Unreadable even for root: something of that name that is no file.
  unreadable(file: string) {
    rmSync(file, { recursive: true })
    mkdirSync(join(file, 'not-a-file'), { recursive: true })
  },
  empty: (file: string) => writeFileSync(file, ''),
  torn(file: string) {
    const whole = readFileSync(file)
    writeFileSync(file, whole.subarray(0, Math.min(9, whole.length / 2)))
  },
  foreign: (file: string) => writeFileSync(file, 'this is somebody else, 32 letters and more of it\n'),
}
type Damage = keyof typeof damages

/** The text of a refusal, or `goes on` when the use succeeds. */
type Expected = RegExp | 'goes on'

interface KeptFile {
  readonly file: string
  /** Makes the folder with the undamaged file, once. */
  readonly make: (folder: string) => Promise<void>
  /** Uses the file. Throws when it refuses. */
  readonly use: (folder: string) => Promise<void>
  readonly expected: Readonly<Record<Damage, Expected>>
  /** What a use may change besides the file itself. */
  readonly mayChange?: RegExp
}

const all = (expected: Expected): Record<Damage, Expected> => ({
  missing: expected,
  unreadable: expected,
  empty: expected,
  torn: expected,
  foreign: expected,
})

const openAndClose = async (folder: string) => openHome(join(folder, 'home')).release()
const renewable = /put it back from a copy.*--renew-secrets/s

const files: readonly KeptFile[] = [
  {
    file: 'database/password',
    make: useDatabase,
    use: useDatabase,
    expected: all(renewable),
    // The server that checks the password leaves traces.
    mayChange: /^database\/(?:data\/|postgres\.log)/,
  },
  {
    file: 'database/data/PG_VERSION',
    make: useDatabase,
    use: useDatabase,
    expected: { ...all(/put it back from a copy|holds|HOLDFAST_POSTGRES_BIN/) },
  },
  {
    file: 'database/data',
    make: useDatabase,
    use: useDatabase,
    expected: {
      ...all('goes on'),
      missing: /has a password and no data.*put .* back/s,
      unreadable: /no PG_VERSION.*put it back from a copy/s,
    },
  },
  {
    file: 'temporal/temporal.db',
    make: useTemporal,
    use: useTemporal,
    // A server on a new database: the sweeper reverts what was in flight (test/chaos/lost-workflows.test.ts).
    expected: { ...all(/put it back from a copy, or move it away/), missing: 'goes on' },
    mayChange: /^temporal\//,
  },
  {
    file: 'home/key-pepper',
    async make(folder) {
      await openAndClose(folder)
      mkdirSync(join(folder, 'home/postgres'))
    },
    use: openAndClose,
    expected: { ...all(renewable), foreign: 'goes on' },
  },
  { file: 'home/sockets.json', make: openAndClose, use: openAndClose, expected: { ...all('goes on'), unreadable: /EISDIR/ } },
  {
    file: 'home/starter.pid',
    async make(folder) {
      await openAndClose(folder)
      writeFileSync(join(folder, 'home/starter.pid'), '{"pid":1,"startedAt":"0"}')
    },
    use: openAndClose,
    expected: { ...all('goes on'), unreadable: /EISDIR/ },
  },
  {
    file: 'config/credentials.json',
    make: (folder) => writeCredential(join(folder, 'config/credentials.json'), 'http://first', 'hf_first'),
    async use(folder) {
      await writeCredential(join(folder, 'config/credentials.json'), 'http://second', 'hf_second')
      expect(await readCredential(join(folder, 'config/credentials.json'), 'http://second')).to.equal('hf_second')
    },
    expected: { ...all(/others can read|cannot read|not a map of addresses/), missing: 'goes on' },
  },
]

describe('a kept file', function () {
  this.timeout(120_000)
  const made = new Map<KeptFile, string>()
  before(async () => {
    for (const kept of files) {
      const folder = await mkdtempDisposable(join(tmpdir(), 'hf-kept-'))
      atEnd(() => folder.remove())
      await kept.make(folder.path)
      made.set(kept, folder.path)
    }
  })

  for (const kept of files)
    for (const damage of Object.keys(damages) as Damage[]) {
      if (kept.file === 'database/data' && damage !== 'missing' && damage !== 'unreadable') continue
      const expected = kept.expected[damage]
      it(`${kept.file} that is ${damage} ${expected === 'goes on' ? 'does not prevent the use' : 'is refused with the remedy'}, and nothing is removed`, async () => {
        await using folder = await mkdtempDisposable(join(tmpdir(), 'hf-kept-'))
        cpSync(made.get(kept) ?? '', folder.path, { recursive: true })
        damages[damage](join(folder.path, kept.file))
        const beforeUse = contents(folder.path)
        const error = await kept.use(folder.path).catch((failure: unknown) => failure)
        const said = error instanceof Error ? `${error.message}; ${(error as { hint?: string }).hint ?? ''}` : ''
        if (expected === 'goes on') return expect(said).to.equal('')
        expect(said).to.match(expected)
        const afterUse = contents(folder.path)
        for (const [path, digest] of beforeUse) if (!kept.mayChange?.test(path)) expect(afterUse.get(path), path).to.equal(digest)
      })
    }
})

describe('a secret that was lost', function () {
  this.timeout(60_000)

  it('is replaced on request: the database keeps its rows, and the keys get another pepper', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'hf-kept-'))
    await ask(folder.path, 'create table kept (n int)')
    rmSync(join(folder.path, 'database/password'))
    expect(await ask(folder.path, 'select n from kept', true)).to.deep.equal([])
    expect(await ask(folder.path, 'select n from kept'), 'with what was kept then').to.deep.equal([])
    const [first, second] = [false, true].map((renew) => {
      const home = openHome(join(folder.path, 'home'), renew)
      const pepper = readFileSync(home.pepperFile, 'utf8')
      home.release()
      mkdirSync(join(folder.path, 'home/postgres'), { recursive: true })
      rmSync(home.pepperFile)
      return pepper
    })
    expect(second).to.have.length(43).and.not.equal(first)
  })
})

describe('a pid file', () => {
  for (const [damage, doIt] of Object.entries(damages))
    it(`that is ${damage} does not prevent its process from being found and ended`, async () => {
      await using folder = await mkdtempDisposable(join(tmpdir(), 'hf-kept-'))
      const pidFile = join(folder.path, 'part.pid')
      const child = startChild({ command: 'sleep', args: ['60'], env: {}, logFile: join(folder.path, 'part.log'), pidFile })
      doIt(pidFile)
      expect([await endLeftover(pidFile), await child.exited]).to.deep.equal([true, 'ended by SIGTERM'])
    })
})

describe('the built workflows in the cache', function () {
  this.timeout(120_000)

  it('are built again when they are damaged', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'hf-kept-'))
    const path = await builtWorkflows(folder.path)
    const whole = readFileSync(path, 'utf8')
    for (const damage of ['torn', 'empty'] as const) {
      damages[damage](path)
      expect(readFileSync(await builtWorkflows(folder.path), 'utf8') === whole, damage).to.equal(true)
    }
  })
})

async function useDatabase(folder: string): Promise<void> {
  await ask(folder, 'select 1')
}

async function ask(folder: string, sql: string, renewPassword = false): Promise<object[]> {
  const { path } = await postgres.find(process.env, () => {})
  const server = await startPostgres({
    binFolder: path,
    folder: join(folder, 'database'),
    renewPassword,
    settings: { fsync: 'off' },
  })
  const database = createDatabase({ url: server.url, applicationName: 'test', maxConnections: 1 })
  try {
    return await database.query(sql)
  } finally {
    await database.close()
    await server.stop()
  }
}

async function useTemporal(folder: string): Promise<void> {
  const { path } = await temporal.find(process.env, () => {})
  const server = await startTemporal({ path, folder: join(folder, 'temporal') })
  await server.stop()
}

/** Digest of every file by its path, with a mark for each folder. */
function contents(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return new Map(
    names.map((name) => {
      const path = join(folder, name)
      const isFile = lstatSync(path).isFile()
      return [name, isFile ? createHash('sha256').update(readFileSync(path)).digest('hex') : 'folder'] as const
    }),
  )
}
