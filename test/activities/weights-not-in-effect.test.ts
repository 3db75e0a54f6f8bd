/** The router gives the share of a version without a healthy replica to the other one. Then its effective weights differ from the desired. */
import { mkdtempDisposableSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MockActivityEnvironment } from '@temporalio/testing'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createTrafficActivities } from '../../activities/traffic.ts'
import { beginAnalysis, mark } from '../../domain/analysis/analysis.ts'
import { logSplit } from '../../domain/analysis/bound.ts'
import type { Counters } from '../../domain/analysis/counters.ts'
import { evidenceOf } from '../../domain/analysis/evidence.ts'
import { look } from '../../domain/analysis/look.ts'
import { createEventReads } from '../../adapters/postgres/events/event-reads.ts'
import { createRolloutLedger } from '../../adapters/postgres/rollouts/rollout-ledger.ts'
import { localTraffic } from '../../adapters/traffic/local.ts'
import { sameWeights } from '../../local-runtime/weights.ts'
import type { Weights } from '../../adapters/traffic/traffic.ts'
import type { RevisionSpec } from '../../adapters/target/target.ts'
import { StoredEvent } from '../../schema/events.ts'
import { anyTarget, fencingToken, outcomeOf, ref, requestsOf, runReady, standFor } from '../adapters/stand.ts'
import { plan } from '../domain/analysis/scene.ts'
import { input, openQueue, revisionOf } from '../stack/queue.ts'
import { until } from '../stack/until.ts'
import { answer, at, quiet } from './attempts.ts'

const workflowExecution = { workflowId: '', runId: 'run-1' }

/** A rollout of 1.1.0 beside 1.0.0 on a real runtime, at its first shift. From `break` to `mend`, 1.0.0 has no healthy replica. */
async function openShift() {
  await using resources = new AsyncDisposableStack()
  const folder = mkdtempDisposableSync(join(tmpdir(), 'hf-shift-'))
  resources.use(folder)
  const stand = resources.use(await standFor('local'))
  const queue = resources.use(await openQueue())
  const file = join(folder.path, 'switch')
  const [stable, canary] = [await stand.spec('1.0.0', { DEMO_SWITCH: file }), await stand.spec('1.1.0')]
  const kinds = { target: { kind: 'local', config: stable.config }, traffic: { kind: 'local', config: stand.config.traffic } }
  const revision = ({ config, ...spec }: RevisionSpec) => ({
    ...revisionOf(spec.version),
    ...spec,
    ...kinds,
    target: { kind: 'local', config },
  })
  await queue.db.query(`update environment set stable = $1, stable_release = 'shop-0', stable_number = 0`, [
    JSON.stringify(revision(stable)),
  ])
  const rollout = await queue.accept(1, { canary: revision(canary) })
  const ledger = createRolloutLedger(queue.db, async () => 'run-1')
  const target = anyTarget(stand)
  const traffic = localTraffic.create(stand.settings, stand.config.traffic)
  await traffic.open(ref, fencingToken(0, 1))
  for (const spec of [stable, canary]) await runReady(target, spec, 1, fencingToken(0, 2))
  await traffic.setWeights(ref, { [stable.revision]: 100 }, fencingToken(0, 3))
  const execution = { ...workflowExecution, workflowId: rollout.workflowId }
  await ledger.take(execution, input(1), 1)
  const { shift } = createTrafficActivities({ ledger, target: () => target, traffic: () => traffic })
  const events = createEventReads(queue.db, (json) => StoredEvent.parse(json))
  const readyOf1_0_0 = async () => (await target.status(ref)).find(({ revision }) => revision === stable.revision)?.readyReplicas
  const owned = resources.move()
  return {
    names: { stable: stable.revision, canary: canary.revision },
    traffic,
    counters: () => stand.counters().read({ ref, versions: {}, edgesMs: [], queries: [], needed: { matches: [], edgesMs: [] } }),
    shift: () =>
      answer(new MockActivityEnvironment({ workflowExecution: execution }, { logger: quiet }), shift, {
        ...at(2, 'shifting'),
        weight: 20,
        replicas: 1,
      }),
    /** A health check that comes late on a busy machine changes them for a moment. */
    untilEffective: (weights: Weights) =>
      until(`${JSON.stringify(weights)} in effect`, async () => {
        const state = await traffic.read(ref)
        return sameWeights(state.effective, weights) && state
      }),
    turnWeight: async () => (await ledger.turn(rollout.workflowId))?.weight,
    shifts: async () =>
      (await events.after({ kind: 'release', id: rollout.release }, 0, 100)).filter(({ kind }) => kind === 'weight-shifted'),
    async break() {
      writeFileSync(file, JSON.stringify({ mode: 'never-ready', version: '1.0.0' }))
      await until('1.0.0 without a healthy replica', async () => (await readyOf1_0_0()) === 0, 30_000)
    },
    async mend() {
      rmSync(file)
      await until('1.0.0 with a healthy replica', async () => (await readyOf1_0_0()) === 1, 30_000)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

const sent = 300
const requestsIn = ({ replicas }: Counters): number => replicas.reduce((sum, { requests }) => sum + requests, 0)

describe('weights of 20 and 80 of which the canary gets everything', function () {
  this.timeout(120_000)

  it('are no step that is done, and begin to count once the router carries them out', async () => {
    await using here = await openShift()
    const { stable, canary } = here.names
    await here.break()
    expect(await outcomeOf(here.shift())).to.equal('target-unavailable')
    await here.untilEffective({ [stable]: 0, [canary]: 100 })
    expect((await here.traffic.read(ref)).desired).to.deep.equal({ [stable]: 80, [canary]: 20 })
    expect([await here.turnWeight(), await here.shifts()]).to.deep.equal([0, []])
    await here.mend()
    await here.untilEffective({ [stable]: 80, [canary]: 20 })
    expect((await here.shift()).observation).to.deep.equal({ kind: 'done' })
    await here.untilEffective({ [stable]: 80, [canary]: 20 })
    expect(await here.turnWeight()).to.equal(20)
    expect((await here.shifts()).map(({ data }) => data)).to.deep.equal([{ weight: 20, replicas: 1, version: '1.1.0', to: null }])
  })

  it('are judged by what each version was sent and missed, so that neither the split nor the canary seems broken', async () => {
    await using here = await openShift()
    const { stable, canary } = here.names
    expect((await here.shift()).observation).to.deep.equal({ kind: 'done' })
    await here.break()
    const { url } = await here.untilEffective({ [stable]: 0, [canary]: 100 })
    const before = await here.counters()
    const answers = await requestsOf(url, sent)
    expect(new Set(answers.map(({ headers }) => headers.get('x-version')))).to.deep.equal(new Set(['1.1.0']))
    const after = await until('all to be counted', async () => {
      const counters = await here.counters()
      return requestsIn(counters) - requestsIn(before) >= sent && counters
    })
    const judged = { ...plan, canary, stable }
    const first = look(judged, mark(beginAnalysis(judged, {}), 0, 20), before)
    const { split, channels } = evidenceOf(judged, look(judged, first.state, after).state)
    const { logE = 0, limit = 0, total } = split ?? {}
    expect(total).to.equal(sent)
    expect(logE).to.be.below(limit)
    expect(logSplit(sent, sent, 20), 'by who answered').to.be.above(limit)
    const errors = channels.find(({ id }) => id === 'errors')
    expect(errors?.canary).to.deep.equal({ bad: 0, total: split?.canary })
    expect(errors?.stable).to.deep.equal({ bad: sent - (split?.canary ?? 0), total: sent - (split?.canary ?? 0) })
  })
})
