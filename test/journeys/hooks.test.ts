import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import type { ReceivedCall } from '../stack/hook-receiver.ts'
import { startHookReceiver } from '../stack/hook-receiver.ts'
import type { Shop, ShopRelease } from '../stack/service.ts'
import { startService } from '../stack/service.ts'
import { until } from '../stack/until.ts'

type HookBody = ReceivedCall['told']

/** A command that writes its input on 1.1.0 to `file`, one line per call, and fails for that version if it `refuses`. */
const keeping = (file: string, refuses = false) => ({
  command: [
    process.execPath,
    '-e',
    `const fs = require('node:fs')
     const told = fs.readFileSync(0, 'utf8')
     if (JSON.parse(told).version !== '1.1.0') process.exit(0)
     fs.appendFileSync(process.argv[1], told + '\\n')
     process.exit(process.argv[2] === 'refuses' ? 1 : 0)`,
    file,
    refuses ? 'refuses' : 'agrees',
  ],
})

const bodiesIn = (file: string): readonly HookBody[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as HookBody)

const hookEvents = async (release: ShopRelease) =>
  (await release.events()).flatMap((event) =>
    event.kind === 'hook-passed' || event.kind === 'hook-failed' ? [`${event.kind} ${event.data.moment}${event.data.index}`] : [],
  )

describe('hooks of a release, several at a time on one stack', function () {
  this.timeout(240_000)
  const folder = mkdtempSync(join(tmpdir(), 'hf-hooks-'))
  const fileOf = (name: string): string => join(folder, name)
  const travelling = new Map<string, Promise<Journey>>()

  interface Journey {
    readonly shop: Shop
    readonly release: ShopRelease
    readonly outcome: string
  }

  async function travel(name: string, hooks: object, environment: object = {}): Promise<Journey> {
    const shop = await startService(name, { environment: { hooks, ...environment } })
    const release = await shop.release('1.1.0')
    return { shop, release, outcome: await release.end() }
  }

  const journeys: Readonly<Record<string, object>> = {
    'h-good': {
      before: [keeping(fileOf('before'))],
      afterStep: [keeping(fileOf('step-0')), keeping(fileOf('step-1'))],
      after: [keeping(fileOf('after'))],
      afterRevert: [keeping(fileOf('never'))],
    },
    'h-before': { before: [keeping(fileOf('refused'), true)], afterRevert: [keeping(fileOf('home'))] },
    'h-step': {
      afterStep: [keeping(fileOf('step-no'), true)],
      afterRevert: [keeping(fileOf('home-no'), true), keeping(fileOf('home-yes'))],
    },
    'h-after': { after: [keeping(fileOf('after-no'), true)] },
    'h-optional': { afterStep: [{ ...keeping(fileOf('optional'), true), required: false }] },
    'h-slow': { afterStep: [{ command: ['/bin/sleep', '600'], timeout: '1s' }] },
  }

  before(() => {
    for (const [name, hooks] of Object.entries(journeys)) {
      const travelled = travel(name, hooks)
      travelled.catch(() => {})
      travelling.set(name, travelled)
    }
  })

  after(async () => {
    await Promise.allSettled([...travelling.values()].map(async (travelled) => (await travelled).shop[Symbol.asyncDispose]()))
    rmSync(folder, { recursive: true, force: true })
  })

  async function arrived(name: string, outcome: string, stays: string) {
    const travelled = await travelling.get(name)
    if (!travelled) throw new Error(`no journey ${name}`)
    expect(travelled.outcome).to.equal(outcome)
    expect(await travelled.shop.weights()).to.deep.equal({ [stays]: 100 })
    return { ...travelled, users: await travelled.shop.users(), seen: await travelled.release.read() }
  }

  it('are called in order with their input, and the release succeeds', async () => {
    const { release, users } = await arrived('h-good', 'succeeded', '1.1.0')
    expect(await hookEvents(release)).to.deep.equal([
      'hook-passed before0',
      'hook-passed afterStep0',
      'hook-passed afterStep1',
      'hook-passed after0',
    ])
    const about = { release: release.id, service: 'h-good', environment: 'production', version: '1.1.0', stableVersion: '1.0.0' }
    const calls = ['before', 'step-0', 'step-1', 'after'].flatMap((name) => bodiesIn(fileOf(name)))
    expect(calls.map(({ idempotencyKey: _, ...told }) => told)).to.deep.equal([
      { ...about, moment: 'before', phase: 'starting', step: 1, weightPercent: 0, reason: null },
      { ...about, moment: 'afterStep', phase: 'baking', step: 1, weightPercent: 50, reason: null },
      { ...about, moment: 'afterStep', phase: 'baking', step: 1, weightPercent: 50, reason: null },
      { ...about, moment: 'after', phase: 'watching', step: 2, weightPercent: 100, reason: null },
    ])
    expect(new Set(calls.map(({ idempotencyKey }) => idempotencyKey)).size).to.equal(calls.length)
    expect(users.failures).to.equal(0)
  })

  it('keep a version from every user when a required one fails before', async () => {
    const { seen, users } = await arrived('h-before', 'rolled-back', '1.0.0')
    expect(seen.reason?.code).to.equal('hook-failed')
    expect(Object.keys(users.versions)).to.deep.equal(['1.0.0'])
    expect(users.failures).to.equal(0)
    expect(bodiesIn(fileOf('home'))).to.have.lengthOf(1)
    expect(bodiesIn(fileOf('home'))[0]).to.deep.include({ moment: 'afterRevert', phase: 'reverting', weightPercent: 0 })
    expect(bodiesIn(fileOf('home'))[0]?.['reason']).to.include({ code: 'hook-failed' })
  })

  it('revert a version when a required one fails after a step, and none stops the revert', async () => {
    const { release, users } = await arrived('h-step', 'rolled-back', '1.0.0')
    expect(await hookEvents(release)).to.deep.equal([
      'hook-failed afterStep0',
      'hook-failed afterRevert0',
      'hook-passed afterRevert1',
    ])
    expect(users.failures).to.equal(0)
  })

  it('revert a version after its watch, to the old version that is still warm', async () => {
    const { release, users } = await arrived('h-after', 'rolled-back', '1.0.0')
    expect(await hookEvents(release)).to.deep.equal(['hook-failed after0'])
    expect(users.failures).to.equal(0)
  })

  it('are only recorded as failed when they are not required', async () => {
    const { release } = await arrived('h-optional', 'succeeded', '1.1.0')
    expect(await hookEvents(release)).to.deep.equal(['hook-failed afterStep0'])
  })

  it('are ended at their timeout, which is a failure', async () => {
    const { seen } = await arrived('h-slow', 'rolled-back', '1.0.0')
    expect(seen.reason).to.deep.equal({ code: 'hook-failed', detail: '/bin/sleep: did not end within 1000 ms' })
  })

  it('leave no user at a version that breaks while one waits', async () => {
    await using receiver = await startHookReceiver(null)
    const file = fileOf('switch.json')
    const target = {
      kind: 'local',
      command: [process.execPath, 'server.mjs'],
      env: { DEMO_SWITCH: file },
      replicas: 1,
      drain: '2s',
      grace: '1s',
    }
    const hooks = { afterStep: [{ http: receiver.url, timeout: '3m' }] }
    await using shop = await startService('h-breaks', { environment: { hooks, target } })
    const release = await shop.release('1.1.0')
    await receiver.call(1)
    await until('it to be shown', async () => (await release.read()).waitsFor === 'a hook')
    writeFileSync(file, JSON.stringify({ version: '1.1.0', mode: 'errors', rate: 0.5 }))
    const brokenAtMs = Date.now()
    expect(await release.end()).to.equal('rolled-back')
    const { versions } = await shop.users()
    expect((versions['1.1.0']?.lastAtMs ?? Number.POSITIVE_INFINITY) - brokenAtMs).to.be.lessThan(15_000)
    expect((await release.read()).reason?.code).to.equal('fail')
    expect(await shop.weights()).to.deep.equal({ '1.0.0': 100 })
  })
})
