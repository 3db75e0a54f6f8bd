/** Activities by the task queue that they run on. Nothing that loops runs on `act`. */
import { createAnalysisActivities } from './analysis.ts'
import { createCheckActivities } from './checks.ts'
import type { ActDependencies, AnalysisDependencies } from './dependencies.ts'
import { withHeartbeats } from './heartbeats.ts'
import { createTargetActivities } from './target.ts'
import { createTrafficActivities } from './traffic.ts'
import { createReleaseActivities, createTurnActivities } from './turn.ts'

/** Quick effects, with heartbeats. Each attempt is over within 5 s. */
export const createActActivities = (dependencies: ActDependencies) =>
  withHeartbeats({
    ...createTurnActivities(dependencies),
    ...createTargetActivities(dependencies),
    ...createTrafficActivities(dependencies),
    ...createReleaseActivities(dependencies),
  })

/** Activities that loop or wait for another system, with heartbeats. */
export const createLoopingActivities = (dependencies: AnalysisDependencies) => ({
  ...createAnalysisActivities(dependencies),
  ...createCheckActivities(dependencies),
})

export type ActActivities = ReturnType<typeof createActActivities>
export type AnalysisActivities = ReturnType<typeof createLoopingActivities>
