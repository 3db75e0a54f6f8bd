/** Keys are stored in one file that only its owner can read, and are in no error. */
import { chmod, mkdtemp, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { isProblem } from '../../domain/problem.ts'
import { readCredential, writeCredential } from '../../cli/credentials.ts'
import { colorOf, credentialsFileOf, readCliSettings } from '../../cli/settings.ts'

const ref = async () => join(await mkdtemp(join(tmpdir(), 'holdfast-cli-')), 'holdfast', 'credentials.json')
const url = 'http://127.0.0.1:7420'

describe('stored credentials', () => {
  it('are kept by address, in a file and folder that only the owner can read', async () => {
    const file = await ref()
    await writeCredential(file, url, 'first')
    await writeCredential(file, 'https://holdfast.example', 'second')
    await writeCredential(file, url, 'third')
    expect(await readCredential(file, url)).to.equal('third')
    expect(await readCredential(file, 'https://holdfast.example')).to.equal('second')
    expect(await readCredential(file, 'http://127.0.0.1:1')).to.equal(null)
    expect((await stat(file)).mode & 0o777).to.equal(0o600)
    expect((await stat(join(file, '..'))).mode & 0o777).to.equal(0o700)
  })

  it('are refused when others can read the file', async () => {
    const file = await ref()
    await writeCredential(file, url, 'first')
    await chmod(file, 0o644)
    const error = await readCredential(file, url).catch((e: unknown) => e)
    expect(error).to.have.property('code', 'folder-unusable')
    expect(error).to.have.property('hint').that.includes('chmod 600')
  })

  it('are never quoted by an error about a malformed file', async () => {
    const file = await ref()
    await writeCredential(file, url, 'first')
    await writeFile(file, '["holdfast_secret"')
    const error = await readCredential(file, url).catch((e: unknown) => e)
    expect(error).to.have.property('code', 'folder-unusable')
    expect(JSON.stringify(error) + String(error)).not.to.include('holdfast_secret')
  })
})

describe('the settings of the command line', () => {
  it('normalise the address and refuse to send a key over the network in the clear', () => {
    const spelled = (text: string) => readCliSettings({ HOLDFAST_URL: text }).url
    expect(spelled('http://LOCALHOST:7420/')).to.equal('http://localhost:7420')
    expect(spelled(' https://example.com/holdfast/\n')).to.equal('https://example.com/holdfast')
    expect(spelled('')).to.equal(url)
    for (const bad of [
      'http://example.com',
      'ftp://localhost',
      'localhost:7420',
      'http://a:b@localhost',
      'http://localhost/?token=x',
    ])
      expect(() => readCliSettings({ HOLDFAST_URL: bad }), bad)
        .to.throw(/^bad settings: HOLDFAST_URL /)
        .with.property('code', 'invalid-config')
    expect(() => readCliSettings({ HOLDFAST_URL: 'ftp://localhost' }))
      .to.throw()
      .with.property('hint')
      .that.matches(/^correct HOLDFAST_URL /)
  })

  it('find the credentials in the XDG folder', () => {
    expect(credentialsFileOf({ HOME: '/home/kim' })).to.equal('/home/kim/.config/holdfast/credentials.json')
    expect(credentialsFileOf({ HOME: '/home/kim', XDG_CONFIG_HOME: '/etc/kim' })).to.equal('/etc/kim/holdfast/credentials.json')
    expect(readCliSettings({ HOME: '/home/kim', CI: 'true' })).to.deep.include({ url, token: null, ci: true })
    expect(() => readCliSettings({ HOLDFAST_TOKEN: 'a\nb' }))
      .to.throw()
      .with.property('message')
      .that.does.not.include('a\nb')
  })

  it('are refused like those of every other process: all at once, each with its remedy, and without a value', () => {
    const bad = { HOLDFAST_URL: 'http://kim:holdfast_secret@localhost', HOLDFAST_TOKEN: 'holdfast_secret two' }
    let refused: unknown
    try {
      readCliSettings(bad)
    } catch (error) {
      refused = error
    }
    if (!isProblem(refused, 'invalid-config')) throw new Error('it was accepted')
    expect(refused.errors.map(({ pointer }) => pointer)).to.deep.equal(['HOLDFAST_URL', 'HOLDFAST_TOKEN'])
    expect(refused.hint).to.match(
      /^keep keys in HOLDFAST_TOKEN or by 'holdfast login'; correct HOLDFAST_URL .*which means http:\/\/127.*; correct HOLDFAST_TOKEN .*or unset it; docs\/settings\.md/,
    )
    expect(JSON.stringify([refused.message, refused.errors, refused.hint])).not.to.include('secret')
  })

  it('say whether output has colours', () => {
    const wanted = [
      [{}, 'auto'],
      [{ FORCE_COLOR: '0' }, 'auto'],
      [{ FORCE_COLOR: '1' }, 'always'],
      [{ NO_COLOR: '0', FORCE_COLOR: '1' }, 'never'],
    ] as const
    for (const [env, color] of wanted) expect(colorOf(env), JSON.stringify(env)).to.equal(color)
  })

  it('take the key from the named file, and from nowhere else if that file is wrong', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-cli-'))
    const [key, empty, two] = [join(folder, 'key'), join(folder, 'empty'), join(folder, 'two')]
    await Promise.all([writeFile(key, 'holdfast_secret\n'), writeFile(empty, '\n'), writeFile(two, 'holdfast_secret a\n')])
    expect(readCliSettings({ HOLDFAST_TOKEN_FILE: key }).token).to.equal('holdfast_secret')
    expect(() => readCliSettings({ HOLDFAST_TOKEN_FILE: key, HOLDFAST_TOKEN: 'other' })).to.throw('both set')
    expect(() => readCliSettings({ HOLDFAST_TOKEN_FILE: join(folder, 'none') })).to.throw('cannot be read')
    expect(() => readCliSettings({ HOLDFAST_TOKEN_FILE: empty })).to.throw('is empty')
    expect(() => readCliSettings({ HOLDFAST_TOKEN_FILE: two }))
      .to.throw('HOLDFAST_TOKEN_FILE has characters')
      .with.property('message')
      .that.does.not.include('secret')
  })
})
