import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import type { Rig } from '../stack/rig.ts'
import { startRig } from '../stack/rig.ts'
import type { Canary } from './canary.ts'
import { allOver, expectHome, startCanary } from './canary.ts'
import { expectOrderedEffects, expectWholeEvents } from './effects.ts'
import { resetTo } from './reset.ts'

type Lose = (rig: Rig, canary: Canary) => Promise<unknown>

const rollout = ({ client }: Rig, { rolloutId }: Canary) => client.workflow.getHandle(rolloutId)
const release = ({ client }: Rig, { releaseId }: Canary) => client.workflow.getHandle(releaseId)

interface Loss {
  readonly lose: Lose
  readonly outcome: string
  readonly claim: string
}

const terminate: (which: typeof rollout) => Lose = (which) => (rig, canary) => which(rig, canary).terminate('lost in a test')
const cancel: (which: typeof rollout) => Lose = (which) => (rig, canary) => which(rig, canary).cancel()
const reset =
  (which: 'rolloutId' | 'releaseId', where: 'first' | 'middle'): Lose =>
  (rig, canary) =>
    resetTo(rig.client, canary[which], where)

/** By service. */
const losses: Readonly<Record<string, Loss>> = {
  'rollout-terminated': {
    lose: terminate(rollout),
    outcome: 'rolled-back',
    claim: 'is reverted by the sweeper when its rollout is terminated',
  },
  'rollout-cancelled': { lose: cancel(rollout), outcome: 'aborted', claim: 'is reverted when its rollout is cancelled' },
  'rollout-reset-first': {
    lose: reset('rolloutId', 'first'),
    outcome: 'succeeded',
    claim: 'starts again with a new token when its rollout is reset to the first task',
  },
  'rollout-reset-middle': {
    lose: reset('rolloutId', 'middle'),
    outcome: 'succeeded',
    claim: 'continues with a new token when its rollout is reset to a task in the middle',
  },
  'release-terminated': {
    lose: terminate(release),
    outcome: 'succeeded',
    claim: 'continues to its end when its release is terminated',
  },
  'release-cancelled': { lose: cancel(release), outcome: 'aborted', claim: 'is reverted when its release is cancelled' },
  'release-reset-first': {
    lose: reset('releaseId', 'first'),
    outcome: 'succeeded',
    claim: 'ends normally when its release is reset to the first task',
  },
  'release-reset-middle': {
    lose: reset('releaseId', 'middle'),
    outcome: 'succeeded',
    claim: 'ends normally when its release is reset to a task in the middle',
  },
}

/** Loses a canary's workflow during its bake, while the next release waits for its turn. */
async function loseOne(rig: Rig, service: string, lose: Lose) {
  await using canary = await startCanary(rig, service, { bakeMs: 5_000, rps: 40 })
  const next = await rig.release(service, '1.2.0')
  await lose(rig, canary)
  const outcome = await rig.outcome(canary.release, 90_000)
  const nextOutcome = await rig.outcome(next, 90_000)
  await allOver(rig, service)
  const { failures } = await canary.users()
  return { outcome, nextOutcome, failures, release: canary.release, rolloutId: canary.rolloutId }
}

describe('a canary whose workflow is lost under traffic', function () {
  this.timeout(240_000)
  let rig: Rig
  const lost = new Map<string, ReturnType<typeof loseOne>>()

  // All cases run at once on one rig, because they mostly wait.
  before(async () => {
    rig = await startRig()
    for (const [service, { lose }] of Object.entries(losses)) lost.set(service, loseOne(rig, service, lose))
    await Promise.allSettled(lost.values())
  })
  after(() => rig[Symbol.asyncDispose]())

  for (const [service, { claim, outcome }] of Object.entries(losses)) {
    it(`${claim}, and the next one gets its turn`, async () => {
      const seen = await lost.get(service)
      expect(seen).to.include({ outcome, nextOutcome: 'succeeded', failures: 0 })
      await expectHome(rig, service, '1.2.0')
      const weights = await expectOrderedEffects(rig, service)
      const numbers = new Set(weights.filter(({ workflowId }) => workflowId === seen?.rolloutId).map(({ token }) => token))
      expect(numbers.size, 'numbers its weights were set under').to.equal(service.startsWith('rollout-reset') ? 2 : 1)
      await expectWholeEvents(rig, seen?.release ?? '')
      const unnoted = await rig.db.query(
        `select id from rollback where service = $1 and (started_at is null or started_at > created_at + interval '5 seconds')`,
        [service],
      )
      expect(unnoted, 'what reverted it, running and shown as waiting for its start').to.deep.equal([])
    })
  }
})
