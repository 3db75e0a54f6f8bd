/** What a release would do: steps, the time that a pass may take, alpha, the revert. It starts nothing. */
import { analysisPlanOf, routingBeside } from '../../domain/analysis/analysis.ts'
import { alphaShares } from '../../domain/analysis/alpha.ts'
import { channelsOf, edgesOf } from '../../domain/analysis/channels.ts'
import type { Dispersion } from '../../domain/analysis/dispersion.ts'
import { dispersionOf } from '../../domain/analysis/dispersion.ts'
import type { RecentTraffic } from '../../domain/analysis/expected-time.ts'
import { expectedTimeToPass } from '../../domain/analysis/expected-time.ts'
import { environmentKey } from '../../domain/identity.ts'
import { newSettings } from '../../domain/plan/new-settings.ts'
import { movesAtBegin } from '../../domain/rollout/moves.ts'
import type { ReleasePlan, Revision, RolloutPlan } from '../../domain/plan/plan.ts'
import { planDigest } from '../../domain/plan/plan-release.ts'
import type { Plan } from '../../schema/answers.ts'
import type { ApiDependencies } from '../dependencies.ts'
import type { ExpectedBaseline } from './baseline.ts'
import { expectedBaseline, isCutNow } from './baseline.ts'
import { firstOf } from '../../domain/bounds.ts'
import { planNotes } from './plan-notes.ts'
import type { Recent } from './recent-traffic.ts'
import { recentTraffic } from './recent-traffic.ts'
import { notServing } from './replicas.ts'

type PlanDependencies = Pick<ApiDependencies, 'services' | 'queues' | 'metrics' | 'target' | 'traffic'>

/** @throws Problem database-unavailable */
export async function planView(dependencies: PlanDependencies, plan: ReleasePlan, alpha: number): Promise<Plan> {
  const stable = await dependencies.services.stable(plan.service)
  const environments = plan.rollouts.map((rollout) => {
    const now = stable.find(({ environment }) => environment === rollout.ref.environment)?.stable ?? null
    return environmentPlan(dependencies, rollout, now)
  })
  return {
    service: plan.service,
    version: plan.version,
    artifact: plan.artifact,
    planDigest: planDigest(plan),
    declarationDigest: plan.declarationDigest,
    alpha,
    revert: {
      rule: plan.revert,
      meaning:
        'all traffic returns to the version that is stable when the release gets its turn: weight to 0 first, verified, then the rest',
    },
    environments: await Promise.all(environments),
  }
}

async function environmentPlan(
  dependencies: PlanDependencies,
  rollout: RolloutPlan,
  stable: Revision | null,
): Promise<Plan['environments'][number]> {
  const queue = await dependencies.queues.of(environmentKey(rollout.ref))
  const ahead = firstOf(queue.filter((turn) => !(rollout.now && isCutNow(turn))))
  const baseline = expectedBaseline(rollout, stable, queue)
  const serving = baseline?.isServing ? baseline.revision : stable
  const recent = await recentTraffic(dependencies, rollout, serving)
  const dispersion = recent ? dispersionIn(rollout, recent) : {}
  const isStable = baseline?.revision.revision === rollout.canary.revision
  const isDown = isStable && baseline.ifStays === null ? await notServing(dependencies, rollout.ref, baseline.revision) : null
  const moves = movesAtBegin(rollout, baseline?.revision ?? null, rollout.replicas)
  return {
    name: rollout.ref.environment,
    strategy: rollout.strategy.kind,
    stable: stable && { version: stable.version, revision: stable.revision },
    baseline: baseline && {
      version: baseline.revision.version,
      revision: baseline.revision.revision,
      ifStays: baseline.ifStays,
    },
    canary: { version: rollout.canary.version, revision: rollout.canary.revision },
    summary: summaryOf(rollout, baseline, isStable, isDown, moves.length),
    waitsBehind: ahead.items.map(({ subjectKind: kind, subject: id }) => ({ kind, id })),
    waitsBehindMore: ahead.more,
    steps: moves.map(({ weight, gate, bake }, index) => ({
      weight,
      gate,
      bake,
      expected: bake &&
        recent && {
          requestsPerSecond: recent.traffic.requestsPerSecond,
          passMs: passMs(dependencies, rollout, baseline?.revision ?? null, recent.traffic, dispersion, weight, bake, index),
        },
    })),
    watchMs: isStable && isDown === null ? 0 : rollout.watchMs,
    scaleDownDelayMs: isStable && isDown === null ? 0 : rollout.strategy.scaleDownDelayMs,
    notes: [
      ...(baseline && !isStable ? settingsNote(baseline.revision, rollout.canary) : []),
      ...(isStable || !serving
        ? []
        : await planNotes(
            dependencies,
            rollout,
            serving,
            recent && dispersion,
            dependencies.traffic(serving.traffic, serving.target).routing().sticky,
          )),
    ],
    alphaShares: sharesOf(rollout.alpha, baseline !== null && !isStable, !isStable || isDown !== null),
  }
}

function settingsNote(before: Revision, after: Revision): string[] {
  const changed = newSettings(before, after)
  if (changed === null) return []
  // The settings are equal where only a secret's value differs.
  return [`the same artifact as ${before.version}, new settings: ${changed.length > 0 ? changed.join(', ') : "a secret's value"}`]
}

/** A version that is not compared can be reverted by the guardrail alone. A version that is stable already cannot be reverted. */
function sharesOf(alpha: number, isCompared: boolean, isWatched: boolean): Plan['environments'][number]['alphaShares'] {
  const comparison = isCompared ? alpha * alphaShares.comparison : 0
  const sampleRatio = isCompared ? alpha * alphaShares.sampleRatio : 0
  const guardrail = isWatched ? alpha * alphaShares.guardrail : 0
  return { total: isCompared ? alpha : guardrail, comparison, guardrail, sampleRatio }
}

/** @param isDown why the stable version does not serve, so that a release starts it again */
function summaryOf(
  rollout: RolloutPlan,
  baseline: ExpectedBaseline | null,
  isStable: boolean,
  isDown: string | null,
  steps: number,
): string {
  if (!baseline) return 'first release: no baseline, straight to promotion once it is ready and smoke-tested, then the watch'
  const { version } = baseline.revision
  const { ifStays, isCutShort } = baseline
  const waits =
    ifStays === null
      ? ''
      : isCutShort
        ? `; ends the watch of ${ifStays.id}: ${version} is its baseline`
        : `; waits for ${ifStays.id}${rollout.now ? ', but not for its watch' : ''}: ${version} is its baseline if that stays`
  if (isStable && isCutShort && ifStays !== null)
    return `ends the watch of ${ifStays.id}, and has nothing more to do: it is the same revision`
  if (isDown !== null)
    return `starts it again: this revision is stable already, but ${isDown}; all traffic once it is ready and smoke-tested, then the watch`
  if (isStable)
    return ifStays === null
      ? 'nothing to do: this revision is stable already'
      : `waits for ${ifStays.id}, and has nothing to do if that stays: it is the same revision`
  if (steps === 0) return `${rollout.strategy.kind}: all traffic at once, then the watch${waits}`
  return `${rollout.strategy.kind}: ${steps} ${steps === 1 ? 'step' : 'steps'} beside ${version}, promotion, then the watch${waits}`
}

type BakedMove = { readonly minMs: number; readonly maxMs: number }

function passMs(
  dependencies: PlanDependencies,
  rollout: RolloutPlan,
  stable: Revision | null,
  traffic: RecentTraffic,
  dispersion: Dispersion,
  weightPercent: number,
  bake: BakedMove,
  index: number,
): number | null {
  const routingOf = ({ traffic: router, target }: Revision) => dependencies.traffic(router, target).routing()
  const plan = analysisPlanOf(rollout, stable, routingBeside(routingOf(rollout.canary), stable && routingOf(stable)))
  return expectedTimeToPass(plan, dispersion, traffic, { weightPercent, bake, isFirst: index === 0 })
}

/** The dispersion, as the analysis will measure it on the same history. */
function dispersionIn({ analysis: { metrics, maxDispersion }, objective }: RolloutPlan, { histories }: Recent): Dispersion {
  return dispersionOf(channelsOf(metrics, objective), histories, edgesOf(metrics, objective), maxDispersion)
}
