import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { readContent } from '../../local-runtime/file-content.ts'
import { openStore } from '../../local-runtime/store.ts'
import { outcomeOf } from '../adapters/stand.ts'

function createStand(files: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'hf-contents-'))
  const app = join(folder, 'app')
  const write = (more: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(more)) {
      mkdirSync(dirname(join(app, name)), { recursive: true })
      writeFileSync(join(app, name), text)
    }
  }
  mkdirSync(app)
  write(files)
  const home = join(folder, 'home')
  const store = openStore(home)
  return {
    folder,
    app,
    home,
    store,
    write,
    sentence: (path: string) =>
      store.importPath(path).then(
        () => 'taken',
        ({ code, message }: { code: string; message: string }) => `${code}: ${message.replaceAll(folder, '')}`,
      ),
    held: async (path = app) => {
      const { digest } = await store.importPath(path)
      const kept = join(home, 'artifacts', digest.replace(':', '-'))
      return readdirSync(kept, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name).slice(kept.length + 1))
        .toSorted()
    },
    [Symbol.dispose]() {
      store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const key = `-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n`
const certificate = `-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----\n`

describe('the content of an artifact', function () {
  this.timeout(30_000)

  it('is everything except Git history, env files and private keys, each of which is listed with the reason', async () => {
    const kept = {
      'server.js': '',
      'lib/ca.pem': certificate,
      'public/keys.js': '',
      '.npmrc': 'save-exact=true',
      'a/holdfast.yaml': '',
    }
    const secret = {
      '.git/config': '',
      '.env': '',
      'web/.env.production': '',
      '.ssh/config': '',
      'certs/server.pem': key,
      'certs/both.crt': certificate + key,
      'server.key': 'der',
      'home/id_ed25519': '',
      'sub/.npmrc': '//registry/:_authToken=x',
    }
    using stand = createStand({ ...kept, ...secret, 'holdfast.yaml': 'name: shop' })
    expect(await stand.held()).to.deep.equal(Object.keys(kept).toSorted())
    const { leftOut, leftOutCount } = await stand.store.inspect(stand.app)
    const folders = { '.git/config': '.git/', '.ssh/config': '.ssh/' } as Readonly<Record<string, string>>
    const named = [...Object.keys(secret).map((name) => folders[name] ?? name), 'holdfast.yaml'].toSorted()
    expect(leftOut.map(({ path }) => path).toSorted()).to.deep.equal(named)
    expect(leftOutCount).to.equal(named.length)
    for (const { path, why } of leftOut) expect(why, path).to.match(/\S/)
  })

  it('can be changed by .holdfastignore, in the syntax of .gitignore', async () => {
    using stand = createStand({
      '.holdfastignore': '*.log\n/tmp/\n!keep.log\n!.env.example\n!test/fixture.pem\n',
      ...{ 'a.log': '', 'keep.log': '', 'tmp/x': '', 'lib/tmp/x': '', '.env': '', '.env.example': '', 'test/fixture.pem': key },
    })
    expect(await stand.held()).to.deep.equal(['.env.example', 'keep.log', 'lib/tmp/x', 'test/fixture.pem'])
  })

  it('has the same digest with any holdfast.yaml, and another one with another file', async () => {
    using stand = createStand({ 'server.js': '1', 'holdfast.yaml': 'replicas: 1' })
    const digest = async () => (await stand.store.digestOf(stand.app)).digest
    const before = await digest()
    stand.write({ 'holdfast.yaml': 'replicas: 2' })
    expect(await digest()).to.equal(before)
    stand.write({ 'server.js': '2' })
    expect(await digest()).to.not.equal(before)
  })

  it('includes and counts what Git ignores, by the rules of all folders around and within', async () => {
    using stand = createStand({
      ...{ '.git/HEAD': '', '.gitignore': 'node_modules/\n*.tmp\n', 'web/.gitignore': 'dist\n!keep.tmp\n' },
      ...{
        'node_modules/a/index.js': 'four',
        'node_modules/b.js': '',
        'web/dist/x.js': 'xx',
        'web/keep.tmp': '',
        'web/y.tmp': '',
      },
    })
    expect((await stand.store.inspect(stand.app)).gitIgnored).to.deep.equal({ files: 4, sizeBytes: 6 })
    // In a subfolder, the rules of the folders above it apply.
    expect((await stand.store.inspect(join(stand.app, 'web'))).gitIgnored.files).to.equal(2)
  })

  it('has the digest that a dry run shows, which leaves nothing in the store', async () => {
    using stand = createStand({ 'server.js': 'x', 'lib/a.js': 'yy' })
    const dry = await stand.store.digestOf(stand.app)
    expect(dry.contents).to.include({ files: 2, sizeBytes: 3 })
    expect(readdirSync(join(stand.home, 'artifacts'))).to.deep.equal([])
    expect(await stand.store.importPath(stand.app)).to.deep.equal(dry)
  })
})

describe('an unusable artifact is refused with a sentence:', function () {
  this.timeout(30_000)

  it('a missing one, a name that is not UTF-8, a zero byte, a path through a file, a path that is too long, a link to itself', async () => {
    using stand = createStand({ 'server.js': '' })
    symlinkSync('round', join(stand.folder, 'round'))
    const rows: readonly (readonly [path: string, sentence: RegExp])[] = [
      [join(stand.folder, 'nothing'), /there is no \/nothing/],
      [join(stand.app, 'server.js', 'x'), /there is no .*not a folder/],
      [`${stand.app}\0x`, /no zero bytes/],
      [join(stand.folder, 'x'.repeat(5_000)), /too long/],
      [join(stand.folder, 'round'), /leads back to itself/],
      ['app', /not an absolute path/],
    ]
    for (const [path, sentence] of rows) {
      expect(await stand.sentence(path), path).to.match(sentence)
      expect(await outcomeOf(stand.store.importPath(path)), path).to.equal('invalid-input')
    }
    mkdirSync(Buffer.concat([Buffer.from(join(stand.app, '/caf')), Buffer.from([0xe9])]))
    expect(await stand.sentence(stand.app)).to.match(/not UTF-8/)
  })

  it("Holdfast's own store, a folder around it, and a folder within", async () => {
    using stand = createStand({ 'server.js': '' })
    for (const path of [stand.folder, '/'])
      expect(await stand.sentence(path), path).to.match(/^invalid-input: .*(store lies|neither|UTF-8|larger|more than|links)/)
    expect(await stand.sentence(join(stand.home, 'artifacts'))).to.match(/lies in Holdfast's own store/)
    writeFileSync(join(stand.folder, '.holdfastignore'), '/home\n')
    expect(await stand.held(stand.folder)).to.deep.equal(['app/server.js'])
  })

  it('files with another size than they state, like those of /sys and /proc, and files that block or never end', async () => {
    using stand = createStand()
    const rows = ['/sys/kernel/mm/transparent_hugepage', '/proc/self/limits', '/dev/zero', '/proc/self']
    for (const path of rows) expect(await outcomeOf(stand.store.importPath(path)), path).to.equal('invalid-input')
    expect(readdirSync(join(stand.home, 'artifacts'))).to.deep.equal([])
  })

  it('a file that shrinks, grows, vanishes or becomes a pipe during the import', () => {
    using stand = createStand({ file: 'eight by' })
    const path = join(stand.app, 'file')
    const entry = { path, label: 'file', kind: 'file', isExecutable: false, sizeBytes: 8 } as const
    const read = () => readContent(entry, () => {})
    read()
    truncateSync(path, 3)
    expect(read).to.throw('file changed while it was read')
    appendFileSync(path, 'longer than eight')
    expect(read).to.throw('file changed while it was read')
    rmSync(path)
    expect(read).to.throw(/ENOENT/)
    execFileSync('mkfifo', [path])
    expect(read).to.throw('file changed while it was read')
  })
})

describe('an import', function () {
  this.timeout(30_000)

  it('that is cancelled ends with its process, and leaves nothing', async () => {
    using stand = createStand()
    for (let index = 0; index < 64; index += 1) stand.write({ [`part-${index}`]: 'x'.repeat(4 << 20) })
    const gone = new AbortController()
    const importing = outcomeOf(stand.store.importPath(stand.app, gone.signal))
    gone.abort()
    expect(await importing).to.equal('target-unavailable')
    expect(readdirSync(join(stand.home, 'artifacts'))).to.deep.equal([])
    rmSync(stand.app, { recursive: true })
    mkdirSync(stand.app)
    stand.write({ a: '' })
    expect(await stand.held()).to.deep.equal(['a'])
  })

  const patterns: readonly (readonly [what: string, lay: (file: string) => void, said: RegExp])[] = [
    ['a pipe, which would be waited for', (file) => void execFileSync('mkfifo', [file]), /is not a file$/],
    ['a device without an end', (file) => symlinkSync('/dev/zero', file), /is not a file$/],
    ['a file of a terabyte', (file) => (writeFileSync(file, ''), truncateSync(file, 2 ** 40)), /is larger than 256 KiB$/],
    ['a link to itself', (file) => symlinkSync(file, file), /^taken$/],
    ['a folder', (file) => mkdirSync(file), /^taken$/],
  ]
  for (const [what, lay, said] of patterns)
    it(`is refused soon when its patterns are ${what}`, async () => {
      for (const name of ['.holdfastignore', '.gitignore', 'deep/.gitignore']) {
        using stand = createStand({ 'server.js': '', 'deep/a': '' })
        lay(join(stand.app, name))
        const entry = await stand.sentence(stand.app)
        // A pipe that no pattern leaves out is refused itself.
        expect(entry, name).to.match(
          what === 'a link to itself' && name !== '.holdfastignore' ? /links out of the artifact/ : said,
        )
      }
    })

  it('refuses patterns that would take for ever, and skips such patterns of Git', async () => {
    const name = 'a'.repeat(250)
    const slow = `${'a*'.repeat(20)}b`
    using stand = createStand({ [name]: '', '.gitignore': `${slow}\n/dist/`, 'dist/a': '' })
    expect((await stand.store.inspect(stand.app)).gitIgnored.files).to.equal(1)
    stand.write({ '.holdfastignore': `/dist/\n${slow}` })
    expect(await stand.sentence(stand.app)).to.match(
      /^invalid-input: a pattern of \.holdfastignore has more than 3 stars: a\*a\*/,
    )
    stand.write({ '.holdfastignore': `${'**/'.repeat(20)}b` })
    expect(await stand.sentence(stand.app)).to.match(/more than 3 stars/)
    stand.write({ '.holdfastignore': Array.from({ length: 20_000 }, (_, index) => `/${index}`).join('\n') })
    expect(await stand.held()).to.deep.equal(['.gitignore', name, 'dist/a'])
  })

  it('follows at most forty links of one path, like the kernel, because links that name three others each would never end', async () => {
    using stand = createStand({ 'l0/server.js': '' })
    for (let at = 1; at <= 3; at += 1) symlinkSync(`l${at - 1}/../l${at - 1}/../l${at - 1}`, join(stand.app, `l${at}`))
    expect(await stand.sentence(stand.app)).to.equal('taken')
    for (let at = 4; at < 60; at += 1) symlinkSync(`l${at - 1}/../l${at - 1}/../l${at - 1}`, join(stand.app, `l${at}`))
    expect(await stand.sentence(stand.app)).to.match(/^invalid-input: l\d+ links to nothing in the artifact$/)
  })
})
