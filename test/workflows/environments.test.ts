import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { releaseWorkflowId, rolloutWorkflowId } from '../../domain/identity.ts'
import type { ReleasePlan } from '../../domain/plan/plan.ts'
import { Problem } from '../../domain/problem.ts'
import type { Fakes } from './fakes.ts'
import { allWell, inTurn, observed, stays, verdict } from './fakes.ts'
import type { Flight, WorkflowRig } from './rig.ts'
import { startWorkflowRig } from './rig.ts'
import { plan } from './scenes.ts'

const ann = { kind: 'person', id: 'ann' } as const
const names = ['staging', 'production', 'far'] as const
type Environment = (typeof names)[number]

function planOf(release: string): ReleasePlan {
  const rollouts = names.map((environment) => {
    const ref = { service: 'shop', environment }
    return plan({ ref, release, workflowId: rolloutWorkflowId(ref, release) })
  })
  return {
    ...{
      service: 'shop',
      release,
      releaseNumber: 2,
      version: '1.1.0',
      artifact: 'sha256:1.1.0',
      declarationDigest: 'd',
      rollouts,
    },
    ...{ revert: 'to-what-is-stable-when-its-turn-comes', retryOf: null, requestedBy: ann, note: null },
  }
}

describe('a release through several environments', function () {
  this.timeout(60_000)
  let rig: WorkflowRig
  before(async () => {
    rig = await startWorkflowRig()
  })
  after(() => rig[Symbol.asyncDispose]())

  async function start(release: string, fakes: Partial<Record<Environment, Fakes>>, own: Fakes = {}) {
    const of = planOf(release)
    const flights = new Map<string, Flight>(
      of.rollouts.map(({ workflowId, ref }) => [
        ref.environment,
        rig.expecting(workflowId, { ...allWell, ...fakes[ref.environment as Environment] }),
      ]),
    )
    const parent = rig.expecting(releaseWorkflowId('shop', release), own)
    await rig.control.startRelease(of)
    const at = (name: Environment): Flight => flights.get(name) as Flight
    return { parent, at, begun: () => names.filter((name) => at(name).calls.length > 0) }
  }

  it('goes through them in order', async () => {
    const { parent, at, begun } = await start('shop-1', { staging: { removeOld: stays } })
    const last = await at('staging').begun('removeOld')
    expect(begun()).to.deep.equal(['staging'])
    last.answer(observed({ kind: 'done' }))
    expect((await parent.end()).outcome).to.equal('succeeded')
    expect(begun()).to.deep.equal(names)
  })

  for (const [outcome, fakes] of [
    ['rolled-back', { analyse: () => verdict('fail') }],
    ['superseded', { takeTurn: () => observed({ kind: 'turn-over', outcome: 'superseded' }) }],
  ] as const)
    it(`ends like its second one (${outcome}), leaves the first unchanged and never reaches the third`, async () => {
      const { parent, at, begun } = await start(`shop-${outcome}`, { production: fakes })
      expect((await parent.end()).outcome).to.equal(outcome)
      expect(begun()).to.deep.equal(['staging', 'production'])
      expect(at('staging').activities()).to.not.include('revertTraffic')
    })

  it('that is cancelled waits for the revert of its rollout, and goes no further', async () => {
    const { parent, at, begun } = await start('shop-cancelled', { staging: { analyse: stays } })
    await at('staging').begun('analyse')
    await parent.handle.cancel()
    expect((await parent.end()).outcome).to.equal('aborted')
    expect(at('staging').activities().slice(-3)).to.deep.equal(['revertTraffic', 'cleanUp', 'endTurn'])
    expect(begun()).to.deep.equal(['staging'])
  })

  it("whose rollout was terminated ends with the outcome of the turn's row, once that is over", async () => {
    const notYet = () => {
      throw new Problem('request-in-flight', 'it is not over')
    }
    const own = { readOutcome: inTurn<'readOutcome'>(notYet, () => 'rolled-back') }
    const { parent, at, begun } = await start('shop-lost', { staging: { analyse: stays } }, own)
    await at('staging').begun('analyse')
    await at('staging').handle.terminate('lost')
    expect((await parent.end()).outcome).to.equal('rolled-back')
    expect(parent.activities()).to.deep.equal(['readOutcome'])
    expect(begun()).to.deep.equal(['staging'])
  })

  it('whose rollout is reset takes its turn again under another run, and ends once', async () => {
    const { parent, at } = await start('shop-reset', { staging: { analyse: stays } }, { readOutcome: () => 'succeeded' })
    const flight = at('staging')
    await flight.begun('analyse')
    const { events } = await flight.handle.fetchHistory()
    const first = events?.find(({ workflowTaskCompletedEventAttributes }) => workflowTaskCompletedEventAttributes)
    await rig.client.workflowService.resetWorkflowExecution({
      namespace: rig.namespace,
      workflowExecution: { workflowId: flight.workflowId },
      requestId: 'reset',
      ...(first?.eventId ? { workflowTaskFinishEventId: first.eventId } : {}),
    })
    const taken = await flight.begun('takeTurn', 2)
    expect([taken.input.step, taken.runId === flight.calls[0]?.runId]).to.deep.equal([1, false])
    ;(await flight.begun('analyse', 2)).answer(verdict('pass'))
    ;(await flight.begun('analyse', 3)).answer(verdict('over'))
    expect((await parent.end()).outcome).to.equal('succeeded')
  })
})
