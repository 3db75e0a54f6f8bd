import { ApplicationFailure } from '@temporalio/activity'
import { expect } from 'chai'
import fc from 'fast-check'
import { after, before, describe, it } from 'mocha'
import type { RequestKind } from '../../domain/rollout/phase.ts'
import { legalRequests } from '../../domain/rollout/phase.ts'
import { isProblem } from '../../domain/problem.ts'
import type { Call, Fakes, Input, Name } from './fakes.ts'
import { allWell, done, leftFor, observed, verdict } from './fakes.ts'
import type { Flight, WorkflowRig } from './rig.ts'
import { startWorkflowRig } from './rig.ts'
import { plan } from './scenes.ts'

/** The result of each activity in order, and the request that comes during it. */
interface Course {
  readonly outcomes: readonly number[]
  readonly requests: readonly { readonly during: number; readonly kind: RequestKind | 'wake' | 'cancel' }[]
}

const kinds = ['abort', 'pause', 'resume', 'promote', 'promote-fully', 'extend', 'wake', 'cancel'] as const
const courses = fc.record({
  outcomes: fc.array(fc.nat(99), { minLength: 40, maxLength: 40 }),
  requests: fc.array(fc.record({ during: fc.integer({ min: 1, max: 8 }), kind: fc.constantFrom(...kinds) }), { maxLength: 4 }),
})
const hook = { command: ['true'], timeoutMs: 1_000, required: true }
const of = plan({ hooks: { before: [hook], afterStep: [hook], after: [hook], afterRevert: [hook] } })

/** The environment like a target: it refuses what is older than the newest step, and everything else takes effect at once. */
class World {
  weight = 0
  newest = 0
  readonly log: string[] = []
  ended = 0

  effect(call: Call, apply: () => void): void {
    const { step } = call.input as Input<'note'>
    if (step < this.newest) throw ApplicationFailure.nonRetryable('late', 'stale-token')
    this.newest = step
    this.log.push(call.name)
    apply()
  }
}

describe('with any request at any moment', function () {
  this.timeout(120_000)
  let rig: WorkflowRig
  before(async () => {
    rig = await startWorkflowRig()
  })
  after(() => rig[Symbol.asyncDispose]())

  for (const [seed, course] of fc.sample(courses, { seed: 20_261_129, numRuns: 16 }).entries())
    it(`a rollout ends once, without traffic at a rejected version, and without a promotion after a revert (course ${seed})`, async () => {
      const world = new World()
      const flight: Flight = await rig.rollout(
        of,
        fakesOf(course, world, () => flight),
      )
      await bringToItsEnd(flight)
      const { outcome } = await flight.end()
      const seenBy = `${outcome} after ${world.log.join(', ')}`
      expect(world.ended, `ends: ${seenBy}`).to.equal(1)
      expect(world.weight, `the weight: ${seenBy}`).to.equal(outcome === 'succeeded' ? 100 : 0)
      const back = world.log.indexOf('revertTraffic')
      const out: readonly string[] =
        back < 0 ? [] : world.log.slice(back).filter((name) => name === 'shift' || name === 'removeOld')
      expect(out, `after the revert: ${seenBy}`).to.deep.equal([])
      if (world.log.includes('cleanUp')) expect(back, `reverted before anything is removed: ${seenBy}`).to.be.at.least(0)
      const drafts = flight.eventKinds().filter((kind) => kind === 'reverting')
      expect(drafts.length, `reverts: ${seenBy}`).to.equal(outcome === 'succeeded' ? 0 : back < 0 ? 0 : 1)
    })
})

function fakesOf({ outcomes, requests }: Course, world: World, flightOf: () => Flight): Fakes {
  let made = 0
  const answering =
    (apply: (call: Call) => void) =>
    async (_: unknown, call: Call): Promise<never> => {
      made += 1
      const n = outcomes[made % outcomes.length] ?? 0
      const asking = requests.filter(({ during }) => during === made).map(({ kind }) => ask(flightOf(), kind))
      if (n % 2 === 0) await Promise.all(asking)
      const failure = failureOf(call, n)
      if (failure) throw failure
      world.effect(call, () => apply(call))
      return answerOf(call, n) as never
    }
  const nothing = answering(() => {})
  return {
    takeTurn: allWell.takeTurn ?? nothing,
    ...{ note: nothing, prepare: nothing, hook: nothing, analyse: nothing, cleanUp: nothing },
    shift: answering(({ input }) => {
      world.weight = (input as Input<'shift'>).weight
    }),
    revertTraffic: answering(() => {
      world.weight = 0
    }),
    removeOld: answering(() => {
      world.ended += 1
    }),
    endTurn: answering(() => {
      world.ended += 1
    }),
  }
}

/** Steps of a revert do not fail for good here. Other tests cover what needs an operator. */
function failureOf({ name, attempt }: Call, n: number): ApplicationFailure | null {
  if (attempt === 1 && n % 10 === 3) return ApplicationFailure.create({ message: 'weather', nextRetryDelay: '1ms' })
  const mayFail: readonly Name[] = ['prepare', 'shift', 'hook', 'analyse']
  return mayFail.includes(name) && n % 25 === 7 ? ApplicationFailure.nonRetryable('for good', 'internal') : null
}

const verdicts = ['fail', 'dead', 'blind', 'both-bad', 'inconclusive'] as const

function answerOf({ name, input }: Call, n: number) {
  if (name === 'analyse') {
    const { mode } = input as Input<'analyse'>
    if (n % 11 === 5) return verdict(verdicts[n % verdicts.length] ?? 'fail')
    // A guard has no good verdict: it is cancelled by the hook's answer, or begins anew.
    if (mode.kind === 'guard' || mode.kind === 'shift') return verdict('blind')
    return verdict(mode.kind === 'bake' ? 'pass' : 'over')
  }
  if (n % 17 === 4 && name === 'prepare') return leftFor('supersede')
  return n % 30 === 9 && name !== 'endTurn' ? { ...observed({ kind: 'done' }), pending: 'abort' as const } : done
}

async function ask(flight: Flight, kind: (typeof kinds)[number] | RequestKind): Promise<void> {
  try {
    if (kind === 'wake') await flight.wake()
    else if (kind === 'cancel') await flight.handle.cancel()
    else await flight.ask(kind)
  } catch (error) {
    if (!isProblem(error, 'wrong-phase') && !isProblem(error, 'not-found')) throw error
  }
}

/** Promotes it whenever it waits for a person without a step. */
async function bringToItsEnd(flight: Flight): Promise<void> {
  let ended = false
  const end = flight.end().finally(() => {
    ended = true
  })
  end.catch(() => {})
  for (let nth = 1; !ended; nth += 1) {
    const isThere = await Promise.race([flight.begun('note', nth).then(() => true), end.then(() => false)])
    if (!isThere) return
    const { phase } = await flight.state()
    const [kind] = legalRequests(phase)
    if (kind && ['gated', 'paused', 'held'].includes(phase)) await ask(flight, kind)
  }
}
