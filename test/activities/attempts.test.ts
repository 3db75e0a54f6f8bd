import { ofKind } from '../stack/events.ts'
import { ActivityCancellationDetails } from '@temporalio/common'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createAsking } from '../../adapters/postgres/rollouts/asking.ts'
import type { RolloutPlan } from '../../domain/plan/plan.ts'
import { isProblem } from '../../domain/problem.ts'
import { answer, at, openAttempts } from './attempts.ts'

const shift = (step: number) => ({ ...at(step, 'promoting'), weight: 100, replicas: 1 })
const hook = { http: 'http://127.0.0.1:1/', timeoutMs: 1_000, required: true }
const hooks = { before: [hook], afterStep: [], after: [], afterRevert: [] }
const kindsOf = (events: readonly { readonly kind: string }[]) => events.map(({ kind }) => kind)

describe('an activity', function () {
  this.timeout(60_000)

  it('that is cancelled does not move traffic once the next step has', async () => {
    await using rollout = await openAttempts()
    const { activities, fake } = rollout
    const hanging = Promise.withResolvers<void>()
    fake.statusHangs = hanging.promise
    const pending = Promise.withResolvers<void>()
    fake.onStatus = pending.resolve
    const late = rollout.attempt()
    const moving = answer(late, activities.shift, shift(3))
    await pending.promise
    late.cancel()
    fake.statusHangs = null
    const reverted = await answer(rollout.attempt(), activities.revertTraffic, at(4, 'reverting'))
    expect(reverted.observation).to.deep.equal({ kind: 'done' })
    hanging.resolve()
    const refusal = await moving.catch((error: unknown) => error)
    expect(isProblem(refusal, 'stale-token')).to.equal(true)
    expect(fake.weights).to.deep.equal({})
    expect(fake.refused.map(({ step }) => step)).to.deep.equal([3])
    const shifted = ofKind(await rollout.events(), 'weight-shifted')
    expect(shifted.map(({ data }) => data.weight)).to.deep.equal([0])
  })

  it('that moves traffic asks the target once and the router once, because their answers say what is so now', async () => {
    await using rollout = await openAttempts()
    const { revision } = rollout.plan.canary
    await answer(rollout.attempt(), rollout.activities.shift, shift(2))
    expect(rollout.fake.asked).to.deep.equal([`run ${revision}`, 'weights'])
  })

  it('that starts a version uses nothing that the operator has taken from its owners since', async () => {
    await using attempts = await openAttempts({ owners: ['team-shop'] })
    attempts.fake.notGiven = [{ pointer: '/namespace', detail: 'namespace shop of main is not given to team-shop' }]
    const refused: unknown = await answer(attempts.attempt(), attempts.activities.prepare, {
      ...at(2, 'starting'),
      replicas: 1,
    }).catch((error: unknown) => error)
    expect(refused).to.include({ code: 'cannot-start', message: 'namespace shop of main is not given to team-shop' })
    expect(attempts.fake.asked).to.deep.equal([])
  })

  const good: readonly (readonly [string, Partial<RolloutPlan>, 'stable' | 'new'])[] = [
    ['a rollback to a version that was good', { kind: 'rollback' }, 'new'],
    ['the recovery of a lost rollout', { kind: 'rollback', recoversLost: true }, 'new'],
    ['a rollout of the version that is stable already', {}, 'stable'],
  ]
  for (const [what, changes, version] of good)
    it(`that starts a version goes on, whatever the operator has taken from its owners since, in ${what}`, async () => {
      await using attempts = await openAttempts({ owners: ['team-shop'], ...changes })
      const { db, fake, plan, activities } = attempts
      if (version === 'stable') await db.query('update rollout set stable = $1', [JSON.stringify(plan.canary)])
      fake.notGiven = [{ pointer: '/namespace', detail: 'namespace shop of main is not given to team-shop' }]
      const { observation } = await answer(attempts.attempt(), activities.prepare, { ...at(2, 'starting'), replicas: 1 })
      expect(observation).to.deep.equal({ kind: 'done' })
      expect(fake.asked).to.deep.equal(['open', `run ${plan.canary.revision}`])
    })

  it('that is attempted again repeats its effect and writes its events once', async () => {
    await using rollout = await openAttempts()
    for (const attempt of [1, 2]) {
      const { observation } = await answer(rollout.attempt({ attempt }), rollout.activities.shift, shift(2))
      expect(observation).to.deep.equal({ kind: 'done' })
    }
    expect(rollout.fake.weights).to.deep.equal({ [rollout.plan.canary.revision]: 100 })
    expect(kindsOf(await rollout.events()).filter((kind) => kind === 'weight-shifted')).to.have.lengthOf(1)
  })

  it('of a run that is not current is refused and has no effect', async () => {
    await using rollout = await openAttempts()
    const foreign = rollout.attempt({ workflowExecution: { workflowId: rollout.plan.workflowId, runId: 'run-0' } })
    const refusal = await answer(foreign, rollout.activities.shift, shift(2)).catch((error: unknown) => error)
    expect(isProblem(refusal, 'stale-token')).to.equal(true)
    expect(rollout.fake.weights).to.deep.equal({})
  })

  it('whose turn is over answers with the outcome and has no effect', async () => {
    await using rollout = await openAttempts()
    const end = { ...at(2, 'reverting'), outcome: 'aborted', stable: 'unchanged' } as const
    await answer(rollout.attempt(), rollout.activities.endTurn, end)
    const again = await answer(rollout.attempt(), rollout.activities.endTurn, end)
    const late = await answer(rollout.attempt(), rollout.activities.shift, shift(3))
    expect([again.observation, late.observation]).to.deep.equal(Array(2).fill({ kind: 'turn-over', outcome: 'aborted' }))
    expect(rollout.fake.weights).to.deep.equal({})
    expect(kindsOf(await rollout.events()).filter((kind) => kind === 'rollout-ended')).to.have.lengthOf(1)
  })

  // The stable version is not healthy, so the router gives the canary everything.
  for (const [asked, stable] of [
    [20, '1.0.0'],
    [49, '1.0.0'],
    [50, '1.1.0'],
    [80, '1.1.0'],
  ] as const)
    it(`that accepts a failed revert as it is leaves the version with the larger weight stable, even if the canary gets all traffic (${asked} %)`, async () => {
      await using rollout = await openAttempts()
      const { db, fake, plan, activities } = rollout
      await db.query(`update environment set stable = '{"version":"1.0.0"}'`)
      fake.weights = { [plan.canary.revision]: asked, old: 100 - asked }
      fake.effective = { [plan.canary.revision]: 100 }
      await answer(rollout.attempt(), activities.endTurn, { ...at(2, 'needs-operator'), outcome: 'aborted', stable: 'majority' })
      expect(await db.query(`select stable->>'version' as version from environment`)).to.deep.equal([{ version: stable }])
    })

  it('that removes the old version also ends the turn, and an interrupted attempt that is repeated writes nothing twice', async () => {
    await using rollout = await openAttempts()
    const end = { ...at(2, 'removing-old'), outcome: 'succeeded', stable: 'promoted' } as const
    const lost = new Error('the worker dies before the end')
    rollout.fake.ready.set('old', 2)
    const { removeOld } = rollout.activitiesEnding(() => Promise.reject(lost))
    const first = await answer(rollout.attempt(), removeOld, end).catch((error: unknown) => error)
    expect(first).to.equal(lost)
    const answers = []
    for (const attempt of [2, 3]) answers.push(await answer(rollout.attempt({ attempt }), rollout.activities.removeOld, end))
    expect(answers.map(({ observation }) => observation?.kind)).to.deep.equal(['done', 'turn-over'])
    expect(kindsOf(await rollout.events()).slice(-3)).to.deep.equal(['removed', 'rollout-ended', 'release-ended'])
    expect(kindsOf(await rollout.events()).filter((kind) => kind === 'removed')).to.have.lengthOf(1)
  })

  it('heartbeats while it waits, with the failure of the previous attempt, and stops when it ends', async () => {
    await using rollout = await openAttempts()
    const hanging = Promise.withResolvers<void>()
    rollout.fake.statusHangs = hanging.promise
    const before = { code: 'target-not-ready', message: '0 of 1 ready' }
    const attempt = rollout.attempt({ attempt: 2, heartbeatDetails: before })
    const beats: unknown[] = []
    const second = Promise.withResolvers<void>()
    attempt.on('heartbeat', (details) => beats.push(details) === 2 && second.resolve())
    const running = answer(attempt, rollout.activities.shift, shift(2))
    await second.promise
    hanging.resolve()
    await running
    expect(new Set(beats)).to.deep.equal(new Set([before]))
    const sent = beats.length
    await rollout.events()
    expect(beats).to.have.lengthOf(sent)
  })

  it('that fails passes the reason to the next attempt by its last heartbeat', async () => {
    await using rollout = await openAttempts()
    rollout.fake.ready.set(rollout.plan.canary.revision, 0)
    const attempt = rollout.attempt()
    const beats: unknown[] = []
    attempt.on('heartbeat', (details) => beats.push(details))
    const refusal = await attempt
      .run(rollout.activities.prepare, { ...at(2, 'starting'), replicas: 1 })
      .catch((error: unknown) => error)
    expect(isProblem(refusal, 'target-not-ready')).to.equal(true)
    const unready = { service: 'shop', environment: 'production', version: rollout.plan.canary.version }
    expect(beats.at(-1)).to.deep.equal({
      code: 'target-not-ready',
      message: '0 of 1 ready: health check answered 503',
      hint: null,
      unready,
    })
  })
})

describe('a hook', function () {
  this.timeout(60_000)

  it('that is interrupted has no result, and is called again with the same key', async () => {
    const keys: string[] = []
    const called = Promise.withResolvers<void>()
    await using rollout = await openAttempts({ hooks }, async ({ idempotencyKey }, signal) => {
      keys.push(idempotencyKey)
      called.resolve()
      if (keys.length === 1) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      return { ok: true, detail: 'called' }
    })
    const calling = { ...at(2, 'starting'), moment: 'before', index: 0 } as const
    const first = rollout.attempt()
    const running = answer(first, rollout.activities.hook, calling).catch((error: unknown) => error)
    await called.promise
    first.cancel()
    expect(await running).to.be.instanceOf(Error)
    expect(kindsOf(await rollout.events())).to.not.include('hook-passed')
    await answer(rollout.attempt({ attempt: 2 }), rollout.activities.hook, calling)
    expect(keys).to.deep.equal([keys[0], keys[0]])
    expect(kindsOf(await rollout.events()).filter((kind) => kind === 'hook-passed')).to.have.lengthOf(1)
  })
})

describe('an analysis', function () {
  this.timeout(60_000)

  const bake = { ...at(2, 'baking'), weight: 10, mode: { kind: 'bake', minMs: 1_000, maxMs: 60_000 } } as const

  it('that the rollout cancels answers without a verdict, at once', async () => {
    await using rollout = await openAttempts()
    const attempt = rollout.attempt()
    const looked = new Promise((resolve) => attempt.once('heartbeat', resolve))
    const running = answer(attempt, rollout.activities.analyse, bake)
    await looked
    attempt.cancel()
    expect(await running).to.deep.equal({ observation: null, pending: null })
  })

  for (const mode of [bake.mode, { kind: 'guard' }, { kind: 'wait', forMs: 60_000 }, { kind: 'watch', forMs: 60_000 }] as const)
    it(`is left for an abort that is only in the row, because its signal was lost (${mode.kind})`, async () => {
      await using rollout = await openAttempts()
      const { db, plan } = rollout
      const turn = {
        workflowId: plan.workflowId,
        ref: 'shop/production',
        subject: { kind: 'release', id: plan.release },
      } as const
      await createAsking(db).abort(turn, { key: 'lost', actor: { kind: 'person', id: 'ann' }, reason: null })
      expect(await answer(rollout.attempt(), rollout.activities.analyse, { ...bake, mode })).to.deep.equal({
        observation: null,
        pending: 'abort',
      })
    })

  it('whose worker ends fails, so that the next attempt continues and the rollout gets no verdict', async () => {
    await using rollout = await openAttempts()
    const attempt = rollout.attempt()
    const looked = new Promise((resolve) => attempt.once('heartbeat', resolve))
    const running = answer(attempt, rollout.activities.analyse, bake).catch((error: unknown) => error)
    await looked
    attempt.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({ workerShutdown: true }))
    expect(await running).to.be.instanceOf(Error)
  })
})
