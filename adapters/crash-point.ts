/** The points where tests end a worker process: right before and right after each effect on another system and each commit. */
import { existsSync, writeFileSync } from 'node:fs'
import { Problem } from '../domain/problem.ts'
import { settings } from './settings.ts'

/** The effects of the engine: interfaces that change something, and transactions by what they write. */
export const effects = [
  'target.run',
  'target.remove',
  'traffic.open',
  'traffic.set-weights',
  'transaction.take',
  'transaction.take-over',
  'transaction.record',
  'transaction.keep',
  'transaction.conclude',
  'transaction.end',
  'transaction.grant',
  'transaction.hand-over',
  'transaction.close-turn',
  'transaction.close-release',
] as const

export type Effect = (typeof effects)[number]

/** Before a transaction means that everything is written and nothing is committed. */
export const crashPoints: readonly string[] = effects.flatMap((effect) => [`${effect}.before`, `${effect}.after`])

/** The transactions, named by what they write. */
export type TransactionEffect = Extract<Effect, `transaction.${string}`>

/** Performs an effect, and ends the process before or after it if that is the crash point. */
export type Around = <T>(effect: Effect, work: () => Promise<T>) => Promise<T>

/** Performs the effect and nothing else, for a process without a crash point. */
const undisturbed: Around = (_effect, work) => work()

/**
 * Crashes once per machine: the process first creates the file `marker` with its pid, and a process that finds the file continues.
 * @throws Problem invalid-config for an unknown point, or one without a marker
 */
export function createCrashPoint(at: string, marker: string): Around {
  if (at === '') return undisturbed
  const { crashAt, crashMarker } = settings
  if (!crashPoints.includes(at))
    throw new Problem('invalid-config', `${crashAt.variable} is ${at}, which is no crash point`, { hint: crashPoints.join(', ') })
  if (marker === '') throw new Problem('invalid-config', `${crashAt.variable} is set and ${crashMarker.variable} is not`)
  const reach = (point: string) => {
    if (point === at && markFirst(marker)) process.kill(process.pid, 'SIGKILL')
  }
  return async (effect, work) => {
    reach(`${effect}.before`)
    const result = await work()
    reach(`${effect}.after`)
    return result
  }
}

/** Whether this is the first time. Of two processes at the same point, only one gets true. */
function markFirst(marker: string): boolean {
  if (existsSync(marker)) return false
  try {
    writeFileSync(marker, String(process.pid), { flag: 'wx', mode: 0o600 })
    return true
  } catch {
    return false
  }
}
