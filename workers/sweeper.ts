/** Runs the sweeper: one sweep at a time, with a pause between two. */
import type { Logger as Log } from 'pino'
import { rolloutKinds } from '../adapters/postgres/rollouts/rollout-kinds.ts'
import { createStarting } from '../adapters/temporal/starting.ts'
import type { Timer } from '../adapters/timer.ts'
import { startTimer } from '../adapters/timer.ts'
import type { Connections } from './connections.ts'
import { clean } from './clean.ts'
import { sweep } from './sweep.ts'
import { sweptRollouts } from './swept-rollouts.ts'

const cleanEveryMs = 60_000

export function startSweeper(
  { db, executions, client }: Pick<Connections, 'db' | 'executions' | 'client'>,
  log: Log,
  everyMs: number,
): { stop(): void } {
  const starting = createStarting(db, client)
  const kinds = { queueKinds: rolloutKinds, sweptKinds: sweptRollouts(db, executions, starting) }
  let stopped = false
  let cleanedAt = -Infinity
  let timer: Timer
  const logged = (error: unknown, what: string) => log.warn({ err: error, what }, 'sweep')
  const once = async () => {
    try {
      await sweep({ db, ...kinds, executions, starting, log: logged })
    } catch (error) {
      logged(error, 'the whole')
    }
    if (performance.now() - cleanedAt >= cleanEveryMs) {
      cleanedAt = performance.now()
      await clean(db, logged).catch((error: unknown) => logged(error, 'cleaning'))
    }
    if (!stopped) timer = startTimer(everyMs, () => void once())
  }
  timer = startTimer(everyMs, () => void once())
  return {
    stop() {
      stopped = true
      timer.cancel()
    },
  }
}
