/** Scenes with several rollouts, with lost workflows, and with a runtime that is away. */
import { resetTo } from '../chaos/reset.ts'
import { until } from '../stack/until.ts'
import type { Scene } from './scenes.ts'
import type { Flight, Stage } from './stage.ts'
import { isActing } from './stage.ts'

async function baking(stage: Stage, settings: Parameters<Stage['declare']>[0] = {}): Promise<Flight> {
  await stage.declare(settings)
  await stage.baseline()
  const flight = await stage.release('1.1.0')
  await stage.phase(flight.rolloutId, 'baking')
  return flight
}

async function kept(stage: Stage, { releaseId, rolloutId }: Flight, as?: string): Promise<void> {
  await stage.closed(releaseId)
  await stage.closed(rolloutId)
  await stage.keep(rolloutId, as)
  await stage.keep(releaseId, as)
}

const handle = ({ rig }: Stage, workflowId: string) => rig.client.workflow.getHandle(workflowId)

export const moreScenes: readonly Scene[] = [
  {
    name: 'queued',
    async play(stage) {
      const first = await baking(stage)
      const second = await stage.release('1.2.0')
      const third = await stage.release('1.3.0')
      for (const { rolloutId } of [second, third]) await until('waits', () => waits(stage, rolloutId))
      // Open workflows in three kinds of waiting, as a new stack finds them.
      await stage.keep(first.rolloutId, 'open-in-its-bake')
      await stage.keep(first.releaseId, 'open-in-its-bake')
      await stage.keep(second.rolloutId, 'open-in-the-queue')
      await stage.ask(third.rolloutId, 'abort')
      await kept(stage, third, 'aborted')
      await stage.ask(first.rolloutId, 'abort')
      await stage.phase(second.rolloutId, 'baking')
      await stage.ask(second.rolloutId, 'promote-fully')
      await kept(stage, second, 'granted')
    },
  },
  {
    name: 'twin-reverted',
    async play(stage) {
      const first = await baking(stage)
      const [second, third] = [await stage.release('1.1.0'), await stage.release('1.1.0')]
      for (const { rolloutId } of [second, third]) await until('waits', () => waits(stage, rolloutId))
      await stage.ask(first.rolloutId, 'abort')
      await stage.phase(second.rolloutId, 'gated')
      await stage.ask(second.rolloutId, 'abort')
      await kept(stage, second, 'refused')
      await stage.phase(third.rolloutId, 'gated')
      await stage.ask(third.rolloutId, 'promote')
      await stage.phase(third.rolloutId, 'baking')
      await stage.ask(third.rolloutId, 'promote-fully')
      await kept(stage, third, 'promoted')
    },
  },
  {
    name: 'superseded',
    async play(stage) {
      const first = await baking(stage, { onBusy: 'supersede' })
      const second = await stage.release('1.2.0')
      await kept(stage, first)
      await stage.phase(second.rolloutId, 'baking')
      await stage.ask(second.rolloutId, 'abort')
      await stage.closed(second.releaseId)
    },
  },
  {
    name: 'watch-cut-short',
    async play(stage) {
      const first = await baking(stage, { watchMs: 120_000 })
      await stage.ask(first.rolloutId, 'promote-fully')
      await stage.phase(first.rolloutId, 'watching')
      const hotfix = await stage.release('1.1.1', { now: true })
      await kept(stage, first)
      await stage.phase(hotfix.rolloutId, 'baking')
      await stage.ask(hotfix.rolloutId, 'abort')
      await stage.closed(hotfix.releaseId)
    },
  },
  {
    name: 'nothing-to-do',
    async play(stage) {
      await stage.declare()
      const first = await stage.release('1.0.0')
      await stage.closed(first.releaseId)
      await kept(stage, await stage.release('1.0.0'))
    },
  },
  {
    name: 'restored',
    async play(stage) {
      await stage.declare()
      await stage.baseline()
      stage.switchTo({ mode: 'never-ready' })
      const ref = { service: stage.service, environment: 'production' }
      await until('nobody to be served', async () => (await stage.rig.runtime.client.status(ref))[0]?.readyReplicas === 0)
      const flight = await stage.release('1.0.0')
      await stage.phase(flight.rolloutId, 'starting')
      stage.switchTo({ mode: 'healthy' })
      await kept(stage, flight)
    },
  },
  {
    name: 'rollback',
    async play(stage) {
      const good = await baking(stage)
      await stage.ask(good.rolloutId, 'promote-fully')
      await stage.closed(good.releaseId)
      const flying = await stage.release('1.2.0')
      await stage.phase(flying.rolloutId, 'baking')
      const rollback = await stage.rollback()
      await kept(stage, flying, 'in-flight')
      await stage.closed(rollback)
      await stage.keep(rollback)
    },
  },
  {
    name: 'two-environments',
    async play(stage) {
      await stage.declare({}, ['staging', 'production'])
      await stage.baseline()
      const flight = await stage.release('1.1.0')
      const staging = flight.rolloutId.replace('/production/', '/staging/')
      for (const rolloutId of [staging, flight.rolloutId]) {
        await stage.phase(rolloutId, 'baking')
        await stage.ask(rolloutId, 'promote-fully')
      }
      await kept(stage, flight)
    },
  },
  {
    name: 'rollout-terminated',
    async play(stage) {
      const flight = await baking(stage)
      await handle(stage, flight.rolloutId).terminate('lost, for the record')
      const home = `rollback/${stage.service}/production/1`
      await until('the sweeper to recover it', () => isThere(stage, home), 40_000)
      await stage.closed(home)
      await stage.closed(flight.releaseId)
      await stage.keep(home)
      await stage.keep(flight.releaseId)
      await stage.keep(flight.rolloutId)
    },
  },
  {
    name: 'rollout-cancelled',
    async play(stage) {
      const flight = await baking(stage)
      await handle(stage, flight.rolloutId).cancel()
      await kept(stage, flight)
    },
  },
  {
    name: 'release-cancelled',
    async play(stage) {
      const flight = await baking(stage)
      await handle(stage, flight.releaseId).cancel()
      await kept(stage, flight)
    },
  },
  ...(['first', 'middle'] as const).map((where) => ({
    name: `rollout-reset-to-${where}`,
    async play(stage: Stage) {
      const flight = await baking(stage)
      await resetTo(stage.rig.client, flight.rolloutId, where)
      await stage.phase(flight.rolloutId, 'baking')
      await until('an analysis of the new run', () => isActing(stage, flight, 'analyse'), 30_000)
      await stage.ask(flight.rolloutId, 'promote-fully')
      await kept(stage, flight)
    },
  })),
  {
    name: 'release-reset',
    async play(stage) {
      const flight = await baking(stage)
      await resetTo(stage.rig.client, flight.releaseId, 'first')
      await stage.ask(flight.rolloutId, 'abort')
      await kept(stage, flight)
    },
  },
  {
    name: 'reset-after-its-end',
    async play(stage) {
      const flight = await baking(stage)
      await stage.ask(flight.rolloutId, 'abort')
      await stage.closed(flight.releaseId)
      await stage.closed(flight.rolloutId)
      await resetTo(stage.rig.client, flight.rolloutId, 'first')
      await handle(stage, flight.rolloutId).result()
      await stage.keep(flight.rolloutId)
    },
  },
]

/** These scenes run alone on the rig, one after the other, because they stop the runtime. */
export const lonelyScenes: readonly Scene[] = [
  ...(['retry-revert', 'accept-as-is'] as const).map((answer) => ({
    name: `needs-operator-${answer}`,
    async play(stage: Stage) {
      await stage.declare()
      await stage.baseline()
      const flight = await stage.release('1.1.0', { plan: { revertDeadlineMs: 8_000 } })
      await stage.phase(flight.rolloutId, 'baking')
      await stage.rig.runtime.kill()
      await stage.ask(flight.rolloutId, 'abort')
      await stage.phase(flight.rolloutId, 'needs-operator')
      if (answer === 'retry-revert') await stage.keep(flight.rolloutId, 'open')
      await stage.rig.runtime.start()
      await stage.ask(flight.rolloutId, answer)
      await kept(stage, flight)
    },
  })),
  {
    name: 'blind',
    async play(stage) {
      const flight = await baking(stage, { analysis: { maxBlindMs: 1_000 } })
      await stage.rig.runtime.kill()
      await stage.phase(flight.rolloutId, 'reverting')
      await stage.rig.runtime.start()
      await kept(stage, flight)
    },
  },
]

const waits = async (stage: Stage, rolloutId: string): Promise<boolean> =>
  (
    await handle(stage, rolloutId)
      .query<{ queued: boolean }>('state')
      .catch(() => ({ queued: false }))
  ).queued

const isThere = async (stage: Stage, workflowId: string): Promise<boolean> =>
  handle(stage, workflowId)
    .describe()
    .then(
      () => true,
      () => false,
    )
