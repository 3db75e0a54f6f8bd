import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { legalRequests, phases } from '../../domain/rollout/phase.ts'
import type { Reason, VerdictKind } from '../../domain/rollout/reason.ts'
import type { AnalysisMode, Observation, Step } from '../../domain/rollout/rollout.ts'
import type { Shown } from '../histories/recorded.ts'
import { recordedHistories, shownBy } from '../histories/recorded.ts'

/** How a history shows that a step was done. A new kind of step does not compile without a row here. */
const signs: Readonly<Record<Step['kind'], (shown: Shown) => boolean>> = {
  'take-turn': ({ activities }) => activities.has('takeTurn'),
  'await-turn': ({ observations, requests }) => observations.has('turn-waiting') && requests.has('queued abort'),
  prepare: ({ activities }) => activities.has('prepare'),
  hook: ({ activities }) => activities.has('hook'),
  smoke: ({ activities }) => activities.has('smoke'),
  shift: ({ activities }) => activities.has('shift'),
  analyse: ({ activities }) => activities.has('analyse'),
  note: ({ activities }) => activities.has('note'),
  'await-request': ({ requests }) => requests.has('needs-operator retry-revert'),
  'remove-old': ({ activities }) => activities.has('removeOld'),
  'revert-traffic': ({ activities }) => activities.has('revertTraffic'),
  'clean-up': ({ activities }) => activities.has('cleanUp'),
  end: ({ activities }) => activities.has('endTurn'),
}

const modes: Readonly<Record<AnalysisMode['kind'], true>> = { guard: true, bake: true, wait: true, watch: true, shift: true }

/** The reasons of holds and reverts: true if a history must show it, else the reason that takes the same branch. */
const reasons: Readonly<Record<Reason['code'], true | Reason['code']>> = {
  fail: true,
  'both-bad': true,
  'split-broken': 'both-bad',
  inconclusive: true,
  blind: true,
  dead: true,
  aborted: true,
  superseded: true,
  cancelled: true,
  lost: true,
  'max-hold': true,
  'smoke-failed': true,
  'hook-failed': true,
  'progress-deadline': true,
  'cannot-start': 'progress-deadline',
  'step-failed': 'progress-deadline',
  'revert-failed': true,
  'nothing-to-do': true,
  'promoted-without-proof': true,
  'watch-cut-short': true,
  'accepted-as-is': true,
  'twin-reverted': true,
}

const verdicts: Readonly<Record<VerdictKind, true | VerdictKind>> = {
  fail: true,
  'both-bad': true,
  'split-broken': 'both-bad',
  pass: true,
  inconclusive: true,
  idle: 'inconclusive',
  blind: true,
  over: true,
  dead: true,
}

/** Signals and requests have their own history events. */
const answers: Readonly<Record<Exclude<Observation['kind'], 'turn-signalled' | 'request'>, true>> = {
  'turn-taken': true,
  'turn-waiting': true,
  'turn-over': true,
  done: true,
  failed: true,
  verdict: true,
}

const wanted = (rows: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.entries(rows)
    .filter(([, row]) => row === true)
    .map(([name]) => name)

/** The exported names of the registry: `x`, or `y` of `x as y`. */
function registered(): readonly (string | undefined)[] {
  const registry = readFileSync(join(import.meta.dirname, '../../workflows/index.ts'), 'utf8')
  const lines = [...registry.matchAll(/^export \{([^}]+)\}/gm)].flatMap(([, names = '']) => names.split(','))
  return lines.map((name) => name.trim().split(' as ').at(-1))
}

describe('the recorded histories', () => {
  const histories = recordedHistories()
  const shown = shownBy(histories)

  it('show every kind of step', () => {
    const missing = Object.entries(signs).filter(([, isIn]) => !isIn(shown))
    expect(missing.map(([kind]) => kind)).to.deep.equal([])
  })

  it('show every phase, and every request in every phase that allows it', () => {
    const legal = phases.flatMap((phase) => legalRequests(phase).map((kind) => `${phase} ${kind}`))
    expect([...shown.phases]).to.have.members(phases)
    expect([...shown.requests]).to.have.members(legal)
  })

  it('show every mode of an analysis', () => {
    expect([...shown.modes]).to.have.members(Object.keys(modes))
  })

  it('show every reason of a hold or a revert, every verdict and every other observation', () => {
    expect([...shown.reasons]).to.include.members(wanted(reasons))
    expect([...shown.verdicts]).to.include.members(wanted(verdicts))
    expect([...shown.observations]).to.include.members(wanted(answers))
  })

  it('show every kind of workflow, finished and still open', () => {
    const kinds = histories.map(({ workflowId }) => workflowId.split('.').at(-1))
    expect(new Set(kinds)).to.deep.equal(new Set(registered()))
    const open = histories.filter(
      ({ history }) => !/CLOSED|COMPLETED|TERMINATED|CANCELED/.test(history.events.at(-1)?.eventType ?? ''),
    )
    expect(open, 'open ones').to.not.deep.equal([])
  })

  it('show nothing when nothing is recorded, so the lists above are really checked', () => {
    const nothing = shownBy([])
    expect(Object.values(signs).some((isIn) => isIn(nothing))).to.equal(false)
    expect([nothing.phases.size, nothing.reasons.size, nothing.requests.size]).to.deep.equal([0, 0, 0])
  })
})
