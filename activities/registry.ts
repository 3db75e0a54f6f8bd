/** Activities by the queue they run on. Nothing that loops runs on `act`. */
import { createAnalysisActivities } from './analysis.ts'
import type { RunHook } from './checks.ts'
import { createCheckActivities } from './checks.ts'
import type { Doors } from './doors.ts'
import { withHeartbeats } from './heartbeats.ts'
import { createTargetActivities } from './target.ts'
import { createTrafficActivities } from './traffic.ts'
import { createReleaseActivities, createTurnActivities } from './turn.ts'

/** Quick effects: each attempt is over within 5 s; heartbeats. */
export const createActActivities = (doors: Doors) =>
  withHeartbeats({
    ...createTurnActivities(doors),
    ...createTargetActivities(doors),
    ...createTrafficActivities(doors),
    ...createReleaseActivities(doors),
  })

/** What loops, or waits for somebody's answer; heartbeats. */
export const createLoopingActivities = (doors: Doors, runHook: RunHook) => ({
  ...createAnalysisActivities(doors),
  ...createCheckActivities(doors, runHook),
})

export type ActActivities = ReturnType<typeof createActActivities>
export type AnalysisActivities = ReturnType<typeof createLoopingActivities>
