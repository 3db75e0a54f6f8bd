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

const losses: readonly { service: string; claim: string; lose: Lose; outcome: string }[] = [
  {
    service: 'rollout-terminated',
    claim: 'is brought home by the sweeper when its rollout is terminated',
    lose: (rig, canary) => rollout(rig, canary).terminate('lost in a test'),
    outcome: 'rolled-back',
  },
  {
    service: 'rollout-cancelled',
    claim: 'goes back when its rollout is cancelled',
    lose: (rig, canary) => rollout(rig, canary).cancel(),
    outcome: 'aborted',
  },
  {
    service: 'rollout-reset-first',
    claim: 'begins anew under a new number when its rollout is reset to the first task',
    lose: (rig, { rolloutId }) => resetTo(rig.client, rolloutId, 'first'),
    outcome: 'succeeded',
  },
  {
    service: 'rollout-reset-middle',
    claim: 'goes on under a new number when its rollout is reset to a task in the middle',
    lose: (rig, { rolloutId }) => resetTo(rig.client, rolloutId, 'middle'),
    outcome: 'succeeded',
  },
  {
    service: 'release-terminated',
    claim: 'goes on to its end when its release is terminated',
    lose: (rig, canary) => release(rig, canary).terminate('lost in a test'),
    outcome: 'succeeded',
  },
  {
    service: 'release-cancelled',
    claim: 'goes back when its release is cancelled',
    lose: (rig, canary) => release(rig, canary).cancel(),
    outcome: 'aborted',
  },
  {
    service: 'release-reset-first',
    claim: 'ends as it would have when its release is reset to the first task',
    lose: (rig, { releaseId }) => resetTo(rig.client, releaseId, 'first'),
    outcome: 'succeeded',
  },
  {
    service: 'release-reset-middle',
    claim: 'ends as it would have when its release is reset to a task in the middle',
    lose: (rig, { releaseId }) => resetTo(rig.client, releaseId, 'middle'),
    outcome: 'succeeded',
  },
]

/** Loses a canary's workflow in mid-bake while a next release waits for its turn. */
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

  // All at once on one rig: each waits most of its time.
  before(async () => {
    rig = await startRig()
    for (const { service, lose } of losses) lost.set(service, loseOne(rig, service, lose))
    await Promise.allSettled(lost.values())
  })
  after(() => rig[Symbol.asyncDispose]())

  for (const { service, claim, outcome } of losses) {
    it(`${claim}, and the next one gets its turn`, async () => {
      const seen = await lost.get(service)
      expect(seen).to.include({ outcome, nextOutcome: 'succeeded', failures: 0 })
      await expectHome(rig, service, '1.2.0')
      const weights = await expectOrderedEffects(rig, service)
      const numbers = new Set(weights.filter(({ workflowId }) => workflowId === seen?.rolloutId).map(({ turn }) => turn))
      expect(numbers.size, 'numbers its weights were set under').to.equal(service.startsWith('rollout-reset') ? 2 : 1)
      await expectWholeEvents(rig, seen?.release ?? '')
    })
  }
})
