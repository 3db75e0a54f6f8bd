/** An environment for people: the stable version, the queue, and the present split of traffic. */
import type { EndedTurn } from '../../adapters/postgres/rollouts/queues.ts'
import type { StableRow } from '../../adapters/postgres/services/services.ts'
import type { RolloutTurn } from '../../adapters/postgres/rollouts/rollout-turns.ts'
import type { TrafficState } from '../../adapters/traffic/traffic.ts'
import { environmentKey } from '../../domain/identity.ts'
import { shownState } from '../../domain/rollout/phase.ts'
import { isProblem } from '../../domain/problem.ts'
import { subjectKindOf } from '../../domain/subject.ts'
import type { Environment } from '../../domain/plan/service.ts'
import type { EnvironmentView } from '../../schema/service.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { mostNamed } from '../../domain/bounds.ts'
import { reasonView } from './reason.ts'
import { replicasAt } from './replicas.ts'

export async function environmentView(
  dependencies: Pick<ApiDependencies, 'queues' | 'target' | 'traffic'>,
  service: string,
  environment: Environment,
  stable: StableRow | undefined,
): Promise<EnvironmentView> {
  const ref = { service, environment: environment.name }
  const revision = stable?.stable
  const [queue, last, traffic, replicas] = await Promise.all([
    dependencies.queues.head(environmentKey(ref), mostNamed),
    dependencies.queues.last(environmentKey(ref)),
    trafficAt(dependencies, environment, service),
    replicasAt(dependencies, revision?.target ?? environment.target, ref),
  ])
  return {
    name: environment.name,
    service,
    after: [...environment.after],
    strategy: environment.strategy.kind,
    stable: revision
      ? {
          version: revision.version,
          revision: revision.revision,
          release: stable.stableRelease,
          since: stable.stableSince?.toISOString() ?? null,
        }
      : null,
    last: last ? lastView(last) : null,
    queue: queue.turns.map(queued),
    queueMore: queue.more,
    traffic: traffic && trafficView(traffic, versionsOf(traffic, queue.turns, stable)),
    replicas,
  }
}

const lastView = ({ subject: id, endedAt, reason, ...last }: EndedTurn) => ({
  subjectKind: subjectKindOf(last.kind),
  id,
  ...last,
  reason: reasonView(reason),
  endedAt: endedAt?.toISOString() ?? null,
})

const queued = (turn: RolloutTurn) => ({
  subjectKind: turn.subjectKind,
  id: turn.subject,
  kind: turn.kind,
  version: turn.plan.canary.version,
  state: shownState(turn.phase, turn.outcome),
  phase: turn.phase,
  weightPercent: turn.weight,
})

/** Null while the data plane does not answer, because the rest is still worth showing. */
async function trafficAt(
  dependencies: Pick<ApiDependencies, 'traffic'>,
  { traffic, target, name }: Environment,
  service: string,
): Promise<TrafficState | null> {
  try {
    return await dependencies.traffic(traffic, target).read({ service, environment: name })
  } catch (error) {
    if (isProblem(error)) return null
    throw error
  }
}

const trafficView = (traffic: TrafficState, versions: Record<string, string>) => {
  const { url, desired, effective, generation, foreign = null } = traffic
  return { url, desired, effective, generation, versions, foreign }
}

/** The version of each revision with a weight, where this API knows it. */
function versionsOf(traffic: TrafficState, queue: readonly RolloutTurn[], stable: StableRow | undefined): Record<string, string> {
  const known = [stable?.stable, ...queue.flatMap((turn) => [turn.stable, turn.plan.canary])]
  const seen = { ...traffic.desired, ...traffic.effective }
  return Object.fromEntries(known.flatMap((one) => (one && one.revision in seen ? [[one.revision, one.version]] : [])))
}
