/** The command line as users run it: real processes against recorded answers. The tests hold its exit codes and output. */
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { exitCodes } from '../../cli/exit-codes.ts'
import { accepted, event, events, problem, release, run, startApi } from './recorded-api.ts'

/** An address where nothing listens. */
async function closedUrl(): Promise<string> {
  await using api = await startApi({})
  return api.url
}

describe('the command line', () => {
  it('suggests the right word for a wrong one, and sends nothing', async () => {
    await using api = await startApi({})
    const wrong = await run(['release', 'strt', 'shop'], { env: { HOLDFAST_URL: api.url } })
    expect(wrong).to.deep.include({ exit: 2, out: '' })
    expect(wrong.err).to.include("error: there is no command 'strt'").and.include("hint: did you mean 'start'?")
    expect((await run(['release', 'start', 'shop'], { env: { HOLDFAST_URL: api.url } })).exit).to.equal(2)
    const timeout = ['release', 'start', 'shop', '--version', '1', '--wait', '--timeout', 'soon']
    expect((await run(timeout, { env: { HOLDFAST_URL: api.url } })).exit).to.equal(2)
    expect(api.seen).to.have.length(0)
  })

  it('exits with 6 and the remedy when there is no API', async () => {
    const { exit, err } = await run(['service', 'list'], { env: { HOLDFAST_URL: await closedUrl() } })
    expect(exit).to.equal(6)
    expect(err).to.include('npm start')
  })

  it('shows a refusal with its hint and its position in the input, and never the key', async () => {
    const refuse = { hint: 'legal now: resume', errors: [{ pointer: '/reason', detail: 'too long' }] }
    await using api = await startApi({
      'POST /v1/releases/shop-3/pause': (_, response) =>
        problem(response, 409, 'wrong-phase', 'cannot pause while paused', refuse),
      'POST /v1/releases/shop-3/abort': (_, response) =>
        problem(response, 401, 'not-authenticated', 'a credential is needed', { hint: 'send a header' }),
    })
    const env = { HOLDFAST_URL: api.url, HOLDFAST_TOKEN: 'holdfast_secret' }
    const paused = await run(['release', 'pause', 'shop-3', '--reason', 'lunch'], { env })
    expect(paused).to.deep.include({
      exit: 4,
      err: 'error: cannot pause while paused\n  /reason too long\nhint: legal now: resume\n',
    })
    const aborted = await run(['release', 'abort', 'shop-3'], { env })
    expect(aborted).to.deep.include({
      exit: 3,
      err: "error: a credential is needed\nhint: 'holdfast login' stores a key for this address; 'npm start' stores the first one\n",
    })
    expect(api.seen[0]).to.deep.include({ text: '{"reason":"lunch"}' })
    expect(api.seen.map(({ url }) => url).join() + paused.err + aborted.err).not.to.include('holdfast_secret')
  })

  it('prints a new key and nothing else to stdout, so that it can be piped', async () => {
    await using api = await startApi({
      'POST /v1/keys': (_, response) => {
        response.statusCode = 201
        response.end(JSON.stringify({ id: 'abc', key: 'holdfast_abc_secret', expiresAt: '2027-01-01T00:00:00.000Z' }))
      },
    })
    const made = await run(['key', 'create', '--scope', 'release:start, release:read', '--owner', 'ci'], {
      env: { HOLDFAST_URL: api.url },
    })
    expect(made).to.deep.include({ exit: 0, out: 'holdfast_abc_secret\n' })
    expect(made.err).to.include('key abc is valid until').and.not.include('secret')
    expect(api.seen[0]?.text).to.equal('{"scopes":["release:start","release:read"],"owner":"ci"}')
  })

  it("prints exactly the API's JSON with --json, refusals too", async () => {
    await using api = await startApi({ 'GET /v1/services': (_, response) => response.end('{"items" : [],\t"nextCursor":null}') })
    const env = { HOLDFAST_URL: api.url }
    expect((await run(['service', 'list', '--json'], { env })).out).to.equal('{"items" : [],\t"nextCursor":null}\n')
    const refused = await run(['release', 'show', 'shop-9', '--json'], { env })
    expect(JSON.parse(refused.out)).to.deep.include({ code: 'not-found' })
    expect(refused.exit).to.equal(4)
  })

  it('prints with --json a problem of the same shape when the API sent none, and exits with the same code as without --json', async () => {
    const unreachable = await run(['service', 'list', '--json'], { env: { HOLDFAST_URL: await closedUrl() } })
    expect(unreachable.exit).to.equal(6)
    expect(JSON.parse(unreachable.out)).to.include({ code: 'unreachable', title: 'The API cannot be reached' })
    expect(unreachable.err).to.include('error: the API at')
    for (const wrong of [
      ['release', 'start', 'shop', '--json'],
      ['service', 'list', '--limmit', '3', '--json'],
    ]) {
      const usage = await run(wrong)
      expect(usage.exit).to.equal(2)
      expect(JSON.parse(usage.out), wrong.join(' ')).to.include({ code: 'invalid-input' }).and.to.have.property('detail')
    }
    await using proxy = await startApi({ 'GET /v1/services': (_, response) => response.writeHead(502).end('<html>') })
    const page = await run(['service', 'list', '--json'], { env: { HOLDFAST_URL: proxy.url } })
    expect([page.exit, JSON.parse(page.out).code]).to.deep.equal([6, 'unreachable'])
  })

  it('asks with --stop to end an environment, and says what has to be reverted first', async () => {
    const text = 'kind: Service\nname: shop\nenvironments:\n  - name: production\n'
    await using api = await startApi({
      'PUT /v1/services/shop': (_, response) => {
        response.writeHead(202, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ name: 'shop', state: 'stopping', inFlight: [{ kind: 'release', id: 'shop-1' }] }))
      },
    })
    const { exit, out } = await run(['service', 'apply', '-f', '-', '--stop'], { input: text, env: { HOLDFAST_URL: api.url } })
    const said = 'shop not applied yet: shop-1 is reverted first; apply it again once that has ended\n'
    expect([exit, out]).to.deep.equal([exitCodes.stillGoing, said])
    expect(api.seen[0]?.url).to.equal('/v1/services/shop?stop=true')
  })

  it('does not report a service as removed while its releases are reverted first', async () => {
    await using api = await startApi({
      'DELETE /v1/services/shop': (_, response) => {
        response.writeHead(202, { 'content-type': 'application/json' })
        response.end(
          JSON.stringify({
            name: 'shop',
            state: 'stopping',
            inFlight: [
              { kind: 'release', id: 'shop-1' },
              { kind: 'rollback', id: 'shop-2' },
            ],
          }),
        )
      },
    })
    for (const json of [[], ['--json']]) {
      const { exit, out } = await run(['service', 'remove', 'shop', '--stop', ...json], { env: { HOLDFAST_URL: api.url } })
      expect([exit, out.includes('shop-1'), out.includes('shop removed')]).to.deep.equal([exitCodes.stillGoing, true, false])
    }
  })

  it('names with apply the releases that continue under the old declaration', async () => {
    await using api = await startApi({
      'PUT /v1/services/shop': (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ name: 'shop', keepOld: ['shop-1', 'shop-2'] }))
      },
    })
    const text = 'kind: Service\nname: shop\nenvironments:\n  - name: production\n'
    const { exit, out } = await run(['service', 'apply', '-f', '-'], { input: text, env: { HOLDFAST_URL: api.url } })
    const said = 'shop applied\nshop-1, shop-2 keep the earlier declaration; this one applies from the next release on\n'
    expect([exit, out]).to.deep.equal([exitCodes.done, said])
  })

  it('shows a fault in a declaration with line and column', async () => {
    const errors = [
      { pointer: '/environments/0/stategy', detail: "line 1, column 9: unknown key 'stategy': did you mean 'strategy'?" },
    ]
    await using api = await startApi({
      'PUT /v1/services/shop': (_, response) =>
        problem(response, 422, 'invalid-input', 'the declaration has a fault', { errors }),
    })
    const cwd = await mkdtemp(join(tmpdir(), 'holdfast-cli-'))
    await writeFile(
      join(cwd, 'holdfast.yaml'),
      'kind: Service\nname: shop\nenvironments:\n  - name: production\n    stategy: {}\n',
    )
    const { exit, err } = await run(['service', 'apply', '-f', 'holdfast.yaml'], { cwd, env: { HOLDFAST_URL: api.url } })
    expect(exit).to.equal(2)
    expect(err).to.include("holdfast.yaml:5:5 unknown key 'stategy': did you mean 'strategy'?")
  })

  it('shows the faults of a declaration from the top, each once', async () => {
    const errors = [
      { pointer: '/alpha', detail: 'expected at most 0.5, got 3' },
      { pointer: '/environments/0/watch', detail: 'a duration is a number' },
      { pointer: '/owners', detail: 'expected a list' },
    ]
    const one = { pointer: '/state/0', detail: "expected one of held, paused, got 'helt'" }
    await using api = await startApi({
      'PUT /v1/services/shop': (_, response) =>
        problem(response, 422, 'invalid-input', 'the declaration has 3 faults', { errors }),
      'GET /v1/releases': (_, response) =>
        problem(response, 422, 'invalid-input', `the query is not valid: ${one.pointer} ${one.detail}`, { errors: [one] }),
    })
    const env = { HOLDFAST_URL: api.url }
    const input = 'name: shop\nowners: me\nenvironments:\n  - name: production\n    watch: 5x\nalpha: 3\n'
    const { err } = await run(['service', 'apply', '-f', '-'], { input, env })
    expect(err.match(/-:\d+/g)).to.deep.equal(['-:2', '-:5', '-:6'])
    const listed = await run(['release', 'list', '--state', 'helt'], { env })
    expect(listed.err).to.equal(`error: the query is not valid: ${one.pointer} ${one.detail}\n`)
  })

  it('names a missing file, and the one that was probably meant', async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'holdfast-cli-'))
    const apply = async (file: string) => (await run(['service', 'apply', '-f', file], { cwd })).err
    const init = "'holdfast init' writes a holdfast.yaml for the service in its folder"
    expect(await apply('holdfast.yml')).to.equal(`error: there is no file ${join(cwd, 'holdfast.yml')}\nhint: ${init}\n`)
    await writeFile(join(cwd, 'holdfast.yaml'), 'name: shop\n')
    expect(await apply('holdfast.yml')).to.include("hint: did you mean 'holdfast.yaml'?")
    expect(await apply('.')).to.equal("error: cannot read .: it is a folder\nhint: did you mean 'holdfast.yaml'?\n")
  })

  it("shows with --dry-run what would change, in the declaration's keys, or that the service is new", async () => {
    const text = 'kind: Service\nname: shop\nenvironments:\n  - name: production\n'
    const dry = async (changes: readonly object[], changesMore = 0) => {
      await using api = await startApi({
        'PUT /v1/services/shop': { name: 'shop', environments: ['production'], keepOld: [], changes, changesMore },
      })
      return (await run(['service', 'apply', '-f', '-', '--dry-run'], { input: text, env: { HOLDFAST_URL: api.url } })).out
    }
    expect(await dry([])).to.equal('shop would stay as it is\n')
    expect(
      await dry([
        { at: 'name', after: 'shop' },
        { at: 'alpha', after: 0.01 },
      ]),
    ).to.equal('shop would be declared: it is new, with production\n')
    expect(await dry([{ at: 'alpha', before: 0.01, after: 0.02 }], 3)).to.equal(
      'shop would change:\n  ~ alpha: 0.01 -> 0.02\n  and 3 more\n',
    )
    const long = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`key${index}`, 'value']))
    expect(
      await dry([
        { at: 'environments.production.watchMs', before: 900_000, after: 60_000 },
        { at: 'owners.0', before: 'ann' },
        { at: 'environments.staging', after: { name: 'staging', ...long } },
      ]),
    ).to.equal(
      `shop would change:\n  ~ environments.production.watch: 15m -> 1m\n  - owners.0: "ann"\n  + environments.staging: { name, ${Object.keys(long).join(', ')} }\n`,
    )
  })

  it('stores a key from stdin once the API accepts it, and uses it', async () => {
    await using api = await startApi({
      'GET /v1/services': ({ headers }, response) =>
        headers.authorization === 'Bearer holdfast_good_key'
          ? response.end('{"items":[]}')
          : problem(response, 401, 'not-authenticated', 'no'),
    })
    const config = await mkdtemp(join(tmpdir(), 'holdfast-cli-'))
    const env = { HOLDFAST_URL: api.url, HOLDFAST_TOKEN: '', XDG_CONFIG_HOME: config }
    expect((await run(['login'], { env, input: 'holdfast_bad_key\n' })).exit).to.equal(3)
    expect((await run(['service', 'list'], { env })).exit).to.equal(3)
    expect((await run(['login'], { env, input: 'holdfast_good_key\n' })).exit).to.equal(0)
    expect((await run(['service', 'list'], { env })).exit).to.equal(0)
    expect(await readFile(join(config, 'holdfast/credentials.json'), 'utf8')).to.include(api.url)
  })
})

const started = { kind: 'release', id: 'shop-3', state: 'accepted', links: {} }
const start = ['release', 'start', 'shop', '--version', '1.2.0', '--artifact', '.']
const accept = { 'POST /v1/services/shop/releases': started }
const told: readonly ReturnType<typeof event>[] = [
  event(1, 'release-accepted', accepted),
  event(2, 'weight-shifted', { version: '1.2.0', weight: 10, replicas: 1, to: null }),
]

describe('waiting for a release', () => {
  it('prints one line per event in a pipe, and exits by the outcome', async () => {
    for (const [state, exit] of [
      ['succeeded', 0],
      ['rolled-back', 1],
    ] as const) {
      await using api = await startApi({
        ...accept,
        'GET /v1/releases/shop-3': release({ state, phase: null, outcome: state }),
        'GET /v1/releases/shop-3/events': events([...told, event(3, 'release-ended', { outcome: state, reason: null })]),
      })
      const ran = await run([...start, '--wait'], { env: { HOLDFAST_URL: api.url } })
      expect(ran.exit, ran.err).to.equal(exit)
      const expected = ['• accepted as version 1.2.0', '→ 1.2.0 gets 10 % of traffic', `■ release ${state.replace('-', ' ')}`]
      const [held, ...lines] = ran.out.trimEnd().split('\n')
      expect(held).to.match(/: 2 files, 1\.0 kB$/)
      expect(lines.slice(0, 3).map((line) => line.slice(10))).to.deep.equal(expected)
      expect(lines.slice(3)).to.deep.equal([`shop-3 ${state}`])
    }
  })

  it('stops with 7 when a person is needed and CI is set, and says what the person can do', async () => {
    await using api = await startApi({
      ...accept,
      'GET /v1/releases/shop-3': release({ state: 'held', phase: 'held', legalRequests: ['promote', 'abort'] }),
      'GET /v1/releases/shop-3/events': events(told),
    })
    const ran = await run(start, { env: { HOLDFAST_URL: api.url, CI: 'true' } })
    expect(ran.exit).to.equal(7)
    expect(ran.err).to.include('promote, abort')
    expect((await run([...start, '--no-wait'], { env: { HOLDFAST_URL: api.url, CI: 'true' } })).exit).to.equal(0)
  })

  it('exits with 5 when the time is over and with 130 on Ctrl-C, without a further request', async () => {
    await using api = await startApi({
      ...accept,
      'GET /v1/releases/shop-3': release(),
      'GET /v1/releases/shop-3/events': events(told),
    })
    const env = { HOLDFAST_URL: api.url }
    const late = await run([...start, '--wait', '--timeout', '1s'], { env })
    expect(late.exit).to.equal(5)
    expect(late.err).to.include('holdfast release watch shop-3')
    const onOut = (out: string, pid: number): void => void (out.includes('10 %') && process.kill(pid, 'SIGINT'))
    const left = await run(['release', 'watch', 'shop-3'], { env, onOut })
    expect(left.exit).to.equal(130)
    expect(left.err).to.include('continues')
    const written = api.seen.filter(({ method, url }) => method !== 'GET' && url !== '/v1/artifacts/inspect')
    expect(written).to.have.length(1)
  })

  it('counts a requested abort as success', async () => {
    await using api = await startApi({
      'POST /v1/releases/shop-3/abort': { phase: 'reverting' },
      'GET /v1/releases/shop-3': release({ state: 'aborted', outcome: 'aborted' }),
      'GET /v1/releases/shop-3/events': events([event(1, 'release-ended', { outcome: 'aborted', reason: null })]),
    })
    const ran = await run(['release', 'abort', 'shop-3', '--wait', '--json'], { env: { HOLDFAST_URL: api.url } })
    expect(ran.exit).to.equal(0)
    expect(JSON.parse(ran.out)).to.deep.include({ id: 'shop-3', state: 'aborted' })
  })

  it('waits for the requested change: a release that is still shown as paused has not taken it up yet', async () => {
    const before = [...told, event(3, 'requested', { request: 'pause', reason: null })]
    for (const [verb, request, state, exit] of [
      ['resume', 'resume', 'paused', 0],
      ['promote', 'promote', 'held', 7],
    ] as const) {
      let looks = 0
      const all = [...before]
      await using api = await startApi({
        [`POST /v1/releases/shop-3/${verb}`]: { phase: state },
        'GET /v1/releases/shop-3': (_, response) => {
          looks += 1
          if (looks === 3) all.push(event(4, 'requested', { request, reason: null }))
          const now = looks < 4 ? { state, phase: state } : exit === 0 ? { state: 'succeeded' } : { state: 'held', phase: 'held' }
          response.end(JSON.stringify(release(now)))
        },
        'GET /v1/releases/shop-3/events': (asked, response) => events(all, looks >= 3)(asked, response),
      })
      const ran = await run(['release', verb, 'shop-3', '--wait=settled'], { env: { HOLDFAST_URL: api.url } })
      expect(ran.exit, ran.err).to.equal(exit)
      expect(looks).to.be.at.least(4)
      expect(ran.out).to.include(`${request} was requested`).and.not.include('pause was requested')
    }
  })

  it('exits with 0 once the release is paused, and not before the request was taken up', async () => {
    let looks = 0
    const all = [...told]
    await using api = await startApi({
      'POST /v1/releases/shop-3/pause': { phase: 'baking' },
      'GET /v1/releases/shop-3': (_, response) => {
        looks += 1
        if (looks === 3) all.push(event(3, 'requested', { request: 'pause', reason: null }))
        response.end(JSON.stringify(release({ state: 'paused', phase: 'paused' })))
      },
      'GET /v1/releases/shop-3/events': (asked, response) => events(all, looks >= 3)(asked, response),
    })
    const ran = await run(['release', 'pause', 'shop-3', '--wait'], { env: { HOLDFAST_URL: api.url } })
    expect(ran.exit, ran.err).to.equal(0)
    expect(looks).to.be.at.least(3)
  })

  it('ends on time with 5 when the API is slow or gone', async () => {
    for (const slow of [(): void => {}, undefined]) {
      const api = await startApi({
        ...accept,
        ...(slow ? { 'GET /v1/releases/shop-3': slow, 'GET /v1/releases/shop-3/events': slow } : {}),
      })
      const gone = slow ? Promise.resolve() : api[Symbol.asyncDispose]()
      const begun = performance.now()
      await gone
      const ran = await run(['release', 'watch', 'shop-3', '--timeout', '1s'], { env: { HOLDFAST_URL: api.url } })
      expect(ran.exit, ran.err).to.equal(5)
      expect(ran.err).to.include('does not answer')
      expect(performance.now() - begun).to.be.below(6_000)
      if (slow) await api[Symbol.asyncDispose]()
    }
  })
})

describe('a rollback', () => {
  it('is shown and followed by its id', async () => {
    const id = 'rollback/shop/production/1'
    const path = `GET /v1/rollbacks/${encodeURIComponent(id)}`
    const back = release({ id, state: 'succeeded', outcome: 'succeeded', phase: null })
    await using api = await startApi({ [path]: back, [`${path}/events`]: events(told) })
    const env = { HOLDFAST_URL: api.url }
    expect((await run(['rollback', 'show', id], { env })).out).to.include(id)
    const watched = await run(['rollback', 'watch', id], { env })
    expect(watched, watched.err).to.include({ exit: 0 })
    expect(watched.out).to.include(`${id} succeeded`)
  })

  it('takes the same requests as a release', async () => {
    const id = 'rollback/shop/production/1'
    const path = `/v1/rollbacks/${encodeURIComponent(id)}`
    const back = release({ id, state: 'aborted', outcome: 'aborted', phase: null })
    const asked = ['abort', 'pause', 'promote', 'promote-fully']
    await using api = await startApi({
      ...Object.fromEntries(asked.map((verb) => [`POST ${path}/${verb}`, { phase: 'watching' }])),
      [`GET ${path}`]: back,
      [`GET ${path}/events`]: events([event(1, 'rollback-ended', { outcome: 'aborted', reason: null })]),
    })
    const env = { HOLDFAST_URL: api.url }
    for (const words of [['abort'], ['pause'], ['promote'], ['promote', '--fully']])
      expect((await run(['rollback', ...words.slice(0, 1), id, ...words.slice(1)], { env })).exit).to.equal(0)
    expect(api.seen.map(({ url }) => url)).to.deep.equal(asked.map((verb) => `${path}/${verb}`))
    expect((await run(['rollback', 'abort', id, '--wait'], { env })).exit).to.equal(0)
  })

  it("takes a service's only environment when none is named, and asks which one when there are several", async () => {
    const started = { kind: 'rollback', id: 'rollback/shop/production/1', state: 'accepted' }
    for (const names of [['production'], ['staging', 'production']]) {
      await using api = await startApi({
        'GET /v1/services/shop': { name: 'shop', environments: names.map((name) => ({ name })) },
        'POST /v1/services/shop/environments/production/rollbacks': started,
      })
      const { exit, err } = await run(['rollback', 'shop'], { env: { HOLDFAST_URL: api.url } })
      expect(exit, err).to.equal(names.length === 1 ? 0 : 2)
      if (names.length > 1) expect(err).to.include('add -e with one of staging, production')
    }
  })
})

describe('status', () => {
  it('finds releases in flight behind pages of ended ones', async () => {
    await using api = await startApi({
      'GET /health': { status: 'ok', components: {} },
      'GET /v1/services': { items: [], nextCursor: null },
      'GET /v1/releases': ({ url }, response) =>
        response.end(
          JSON.stringify(
            url?.includes('cursor=next')
              ? { items: [release({ id: 'shop-1' })], nextCursor: null }
              : { items: [release({ id: 'shop-2', state: 'succeeded' })], nextCursor: 'next' },
          ),
        ),
    })
    const { out } = await run(['status'], { env: { HOLDFAST_URL: api.url } })
    expect(out).to.include('shop-1').and.not.include('shop-2')
  })
})

describe('logs', () => {
  const lines = 'data: {"replica":"r1","version":"1.0.0","line":"hello"}\n\n'
  const logs = ['logs', 'shop', '-e', 'production']

  it('that break off say so and exit with 6, whether they are cut or the API stops', async () => {
    for (const end of ['destroy', 'end'] as const) {
      await using api = await startApi({
        'GET /v1/services/shop/environments/production/logs': (asked, response) => {
          if (!asked.headers.accept?.includes('event-stream'))
            return void response.writeHead(200).write('{"items":[', () => response.destroy())
          response.writeHead(200, { 'content-type': 'text/event-stream' })
          response.write(lines, () => setImmediate(() => response[end]()))
        },
      })
      const env = { HOLDFAST_URL: api.url }
      const followed = await run([...logs, '-f'], { env })
      expect(followed).to.deep.include({ exit: 6, out: '1.0.0 r1 hello\n' })
      expect(followed.err).to.include('broke off')
      if (end === 'destroy') expect((await run(logs, { env })).exit).to.equal(6)
    }
  })

  it('that are left by Ctrl-C exit with 130', async () => {
    await using api = await startApi({
      'GET /v1/services/shop/environments/production/logs': (_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(lines)
      },
    })
    const onOut = (_: string, pid: number): void => void process.kill(pid, 'SIGINT')
    expect((await run([...logs, '-f'], { env: { HOLDFAST_URL: api.url }, onOut })).exit).to.equal(130)
  })
})
