/** Scenes of the recorder. Each takes one rollout through a branch of the state machine and keeps its history. */
import type { Hook } from '../../domain/plan/service.ts'
import { until } from '../stack/until.ts'
import type { Flight, Stage, Input } from './stage.ts'
import { canary, isActing } from './stage.ts'

export interface Scene {
  readonly name: string
  play(stage: Stage): Promise<void>
}

const times = { progressDeadlineMs: 15_000, scaleDownDelayMs: 0 }
const yes: Hook = { command: ['true'], timeoutMs: 5_000, required: true }
const no: Hook = { command: ['false'], timeoutMs: 5_000, required: true }
const hooks = { before: [yes], afterStep: [yes], after: [yes], afterRevert: [yes] }
const smoke = [{ path: '/', status: 200, withinMs: 2_000 }]
/** A bake that passes with the few requests of a scene. */
const short = {
  kind: 'canary',
  steps: [{ weight: 50, bake: { minMs: 1_000, maxMs: 60_000 }, gate: null }],
  ...times,
} as const
/** A bake without users, which ends before anything is shown. */
const unproved = {
  kind: 'canary',
  steps: [20, 60].map((weight) => ({ weight, bake: { minMs: 500, maxMs: 1_500 }, gate: null })),
  ...times,
} as const
const gated = { ...short, steps: [{ ...short.steps[0], gate: 'manual' }] } as const

/** 1.0.0 stable, 1.1.0 in flight. */
async function second(stage: Stage, settings: Parameters<Stage['declare']>[0] = {}, input: Input = {}): Promise<Flight> {
  await stage.declare(settings)
  await stage.baseline()
  return stage.release('1.1.0', input)
}

async function kept(stage: Stage, { releaseId, rolloutId }: Flight): Promise<void> {
  await stage.closed(releaseId)
  await stage.closed(rolloutId)
  await stage.keep(rolloutId)
  await stage.keep(releaseId)
}

/** A second release that requests lead to its end. Each request is sent once the rollout is in its phase. */
const asked = (
  name: string,
  settings: Parameters<Stage['declare']>[0],
  requests: readonly (readonly [phase: Parameters<Stage['phase']>[1], kind: Parameters<Stage['ask']>[1]])[],
  input?: Input,
): Scene => ({
  name,
  async play(stage) {
    const flight = await second(stage, settings, input)
    for (const [phase, kind] of requests) {
      if (phase) await stage.phase(flight.rolloutId, phase)
      await stage.ask(flight.rolloutId, kind)
    }
    await kept(stage, flight)
  },
})

export const scenes: readonly Scene[] = [
  {
    name: 'first-release',
    async play(stage) {
      await stage.declare({ smoke, hooks })
      await kept(stage, await stage.release('1.0.0'))
    },
  },
  {
    name: 'good-canary',
    async play(stage) {
      await stage.declare({
        strategy: { ...short, steps: [20, 50].map((weight) => ({ ...short.steps[0], weight })) },
        smoke,
        hooks,
      })
      await stage.baseline()
      await stage.users()
      await kept(stage, await stage.release('1.1.0'))
    },
  },
  {
    name: 'failed-verdict',
    async play(stage) {
      await stage.declare({ hooks })
      await stage.baseline()
      await stage.users()
      await kept(stage, await stage.release('1.1.0', { behaviour: { mode: 'errors', rate: 0.7 } }))
    },
  },
  {
    name: 'both-bad',
    async play(stage) {
      const flight = await second(stage)
      await stage.phase(flight.rolloutId, 'baking')
      stage.switchTo({ mode: 'errors', rate: 0.9 })
      await stage.users()
      await stage.phase(flight.rolloutId, 'held')
      await stage.ask(flight.rolloutId, 'abort')
      await kept(stage, flight)
    },
  },
  {
    name: 'broken-beside-a-hook',
    async play(stage) {
      const slow: Hook = { command: ['sleep', '30'], timeoutMs: 60_000, required: true }
      const flight = await second(stage, {
        strategy: unproved,
        analysis: { onInconclusive: 'promote' },
        hooks: { ...hooks, afterStep: [slow] },
      })
      await stage.phase(flight.rolloutId, 'baking')
      await until('a guarded hook', () => isActing(stage, flight, 'hook'), 30_000)
      stage.switchTo({ version: '1.1.0', mode: 'errors', rate: 0.9 })
      await stage.users()
      await kept(stage, flight)
    },
  },
  {
    name: 'broken-beside-a-shift',
    async play(stage) {
      const flight = await second(stage)
      await stage.phase(flight.rolloutId, 'baking')
      stage.switchTo({ version: '1.1.0', mode: 'slow-start', delayMs: 60_000 })
      await stage.ask(flight.rolloutId, 'promote')
      await until('a guarded shift', async () => (await stage.mode(flight.rolloutId)) === 'shift', 30_000)
      stage.switchTo({ version: '1.1.0', mode: 'errors', rate: 0.9 })
      await stage.users()
      await kept(stage, flight)
    },
  },
  {
    name: 'broken-in-its-watch',
    async play(stage) {
      const flight = await second(stage, { strategy: { kind: 'blue-green', gate: null, ...times }, watchMs: 60_000 })
      await stage.phase(flight.rolloutId, 'watching')
      stage.switchTo({ version: '1.1.0', mode: 'errors', rate: 0.9 })
      await stage.users()
      await kept(stage, flight)
    },
  },
  {
    name: 'dead-canary',
    async play(stage) {
      const flight = await second(stage)
      await stage.phase(flight.rolloutId, 'baking')
      stage.switchTo({ version: '1.1.0', mode: 'never-ready' })
      await kept(stage, flight)
    },
  },
  {
    name: 'first-held-in-its-watch',
    async play(stage) {
      await stage.declare({ watchMs: 60_000 })
      const flight = await stage.release('1.0.0')
      await stage.phase(flight.rolloutId, 'watching')
      stage.switchTo({ mode: 'errors', rate: 0.9 })
      await stage.users()
      await stage.phase(flight.rolloutId, 'held')
      await stage.ask(flight.rolloutId, 'extend')
      await stage.phase(flight.rolloutId, 'held')
      await stage.ask(flight.rolloutId, 'promote')
      await kept(stage, flight)
    },
  },
  {
    name: 'gated-after-a-step',
    async play(stage) {
      await stage.declare({ strategy: gated })
      await stage.baseline()
      await stage.users()
      const flight = await stage.release('1.1.0')
      await stage.phase(flight.rolloutId, 'gated')
      await stage.ask(flight.rolloutId, 'promote-fully')
      await kept(stage, flight)
    },
  },
  asked('blue-green', { strategy: { kind: 'blue-green', gate: null, ...times } }, []),
  asked('blue-green-gated', { strategy: { kind: 'blue-green', gate: 'manual', ...times } }, [['gated', 'promote']]),
  asked('blue-green-refused', { strategy: { kind: 'blue-green', gate: 'manual', ...times }, hooks }, [['gated', 'abort']]),
  asked('rolling', { strategy: { kind: 'rolling', availability: { count: 1 }, ...times } }, []),
  asked('paused-and-resumed', {}, [
    ['baking', 'pause'],
    ['paused', 'resume'],
    ['baking', 'pause'],
    ['paused', 'promote'],
    ['baking', 'extend'],
    ['baking', 'pause'],
    ['paused', 'promote-fully'],
  ]),
  asked('paused-and-aborted', {}, [
    ['baking', 'pause'],
    ['paused', 'abort'],
  ]),
  asked('promoted-step-by-step', { watchMs: 60_000 }, [
    ['baking', 'promote'],
    ['baking', 'promote'],
    ['watching', 'promote'],
  ]),
  asked('promoted-fully', {}, [['baking', 'promote-fully']]),
  asked('aborted-in-its-bake', {}, [['baking', 'abort']]),
  asked('watch-taken-back', { watchMs: 60_000 }, [
    ['baking', 'promote-fully'],
    ['watching', 'abort'],
  ]),
  asked('held-and-promoted', { strategy: unproved }, [
    ['held', 'extend'],
    ['held', 'promote'],
    ['held', 'promote-fully'],
  ]),
  asked('held-and-aborted', { strategy: unproved }, [['held', 'abort']]),
  asked('held-too-long', { strategy: unproved, analysis: { maxHoldMs: 1_000 } }, []),
  asked('unproved-rolled-back', { strategy: unproved, analysis: { onInconclusive: 'rollback' } }, []),
  asked('unproved-promoted', { strategy: unproved, analysis: { onInconclusive: 'promote' } }, []),
  {
    name: 'unproved-extended',
    async play(stage) {
      const flight = await second(stage, { strategy: unproved, analysis: { onInconclusive: 'extend' } })
      const looks = () => stage.rig.db.query('select 1 from look where workflow_id = $1 limit 8', [flight.rolloutId])
      await until('a bake of more than its time', async () => (await looks()).length === 8, 30_000)
      await stage.ask(flight.rolloutId, 'abort')
      await kept(stage, flight)
    },
  },
  asked('smoke-failed', { smoke, hooks }, [], { behaviour: { mode: 'unauthorized' } }),
  asked('hook-failed', { hooks: { ...hooks, before: [no] } }, []),
  asked(
    'hook-after-a-step-failed',
    { hooks: { ...hooks, afterStep: [no] }, strategy: unproved, analysis: { onInconclusive: 'promote' } },
    [],
  ),
  asked('never-ready', { strategy: { ...canary(50), progressDeadlineMs: 3_000 } }, [], { behaviour: { mode: 'never-ready' } }),
  asked('aborted-while-starting', {}, [['starting', 'abort']], { behaviour: { mode: 'never-ready' } }),
  {
    name: 'paused-while-starting',
    async play(stage) {
      stage.switchTo({ version: '1.1.0', mode: 'never-ready' })
      const flight = await second(stage)
      await stage.phase(flight.rolloutId, 'starting')
      await stage.ask(flight.rolloutId, 'pause')
      stage.switchTo({})
      await stage.phase(flight.rolloutId, 'paused')
      await stage.ask(flight.rolloutId, 'resume')
      await stage.phase(flight.rolloutId, 'baking')
      await stage.ask(flight.rolloutId, 'promote-fully')
      await kept(stage, flight)
    },
  },
  ...(['pause', 'abort'] as const).map((kind) => ({
    name: `${kind === 'pause' ? 'paused' : 'aborted'}-while-shifting`,
    async play(stage: Stage) {
      const flight = await second(stage)
      await stage.phase(flight.rolloutId, 'baking')
      stage.switchTo({ version: '1.1.0', mode: 'never-ready' })
      await stage.ask(flight.rolloutId, 'promote')
      await stage.phase(flight.rolloutId, 'shifting')
      await stage.ask(flight.rolloutId, kind)
      stage.switchTo({})
      if (kind === 'pause') {
        await stage.phase(flight.rolloutId, 'paused')
        await stage.ask(flight.rolloutId, 'resume')
        await stage.phase(flight.rolloutId, 'baking')
        await stage.ask(flight.rolloutId, 'promote')
      }
      await kept(stage, flight)
    },
  })),
  {
    name: 'aborted-while-promoting',
    async play(stage) {
      const flight = await second(stage)
      await stage.phase(flight.rolloutId, 'baking')
      stage.switchTo({ version: '1.1.0', mode: 'never-ready' })
      await stage.ask(flight.rolloutId, 'promote-fully')
      await stage.phase(flight.rolloutId, 'promoting')
      await stage.ask(flight.rolloutId, 'abort')
      stage.switchTo({})
      await kept(stage, flight)
    },
  },
]
