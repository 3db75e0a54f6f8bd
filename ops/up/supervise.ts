/** Keeps a process running. When it ends or no longer answers, this starts it again after a growing pause, until it is stopped. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Child } from '../components/process.ts'
import { longestTimerMs } from '../../domain/bounds.ts'

/** A process and how to supervise it. */
export interface Part {
  readonly name: string
  /** Starts it again, after ending what its last run left. */
  start(): Promise<Child>
  /** The process, if it runs already: started before, or left by an earlier starter. */
  readonly running?: Child | undefined
  /**
   * Resolves when the process answers anything; rejects or stays pending when it does not. Without it, only an end of the process is
   * noticed.
   */
  readonly answers?: () => Promise<unknown>
  /** The signal that ends it; SIGTERM by default. */
  readonly stopSignal?: NodeJS.Signals
}

export interface Supervised {
  readonly name: string
  /** Sends the part's signal, and SIGKILL after `graceMs` (10 s). */
  stop(graceMs?: number): Promise<void>
  /** Lets it run on without supervision. */
  leave(): void
}

export interface Patience {
  /** Pauses before a new start: the first, and the longest. */
  readonly shortestMs: number
  readonly longestMs: number
  /** A process that ran this long was healthy, so the next pause is short again. */
  readonly healthyMs: number
  /** The pause between two probes, and the time that an answer may take. */
  readonly askEveryMs: number
  readonly answerMs: number
  /** The number of unanswered probes in a row, after a first answer, that mean a stuck process. A busy machine misses fewer. */
  readonly misses: number
}

const usual: Patience = { shortestMs: 200, longestMs: 5_000, healthyMs: 10_000, askEveryMs: 2_000, answerMs: 5_000, misses: 3 }

/** @param say called when the process ended unasked, and when it cannot be started */
export async function supervise(part: Part, say: (line: string) => void, patience: Patience = usual): Promise<Supervised> {
  const stopping = new AbortController()
  const { signal } = stopping
  let child = part.running ?? (await part.start())
  const pause = (ms: number) => sleep(Math.min(ms, longestTimerMs), undefined, { signal }).catch(() => {})

  const loop = (async () => {
    let pauseMs = patience.shortestMs
    for (;;) {
      const startedAtMs = performance.now()
      const watch = watchOver(child, part, patience, signal)
      const why = await child.exited
      watch.end()
      if (signal.aborted) return
      pauseMs =
        performance.now() - startedAtMs > patience.healthyMs ? patience.shortestMs : Math.min(patience.longestMs, pauseMs * 2)
      say(`${part.name} ended (${watch.isStuck() ? 'it no longer answered' : why}); starting it again`)
      await pause(pauseMs)
      for (;;) {
        if (signal.aborted) return
        try {
          child = await part.start()
          break
        } catch (error) {
          say(`${part.name} cannot be started (${error instanceof Error ? error.message : String(error)}); trying again`)
          await pause(patience.longestMs)
        }
      }
      // It was stopped during the start, so the child is not yet known to `stop`.
      if (signal.aborted) await child.stop(undefined, part.stopSignal)
    }
  })()
  return {
    name: part.name,
    async stop(graceMs) {
      stopping.abort()
      await child.stop(graceMs, part.stopSignal)
      await loop
    },
    leave() {
      stopping.abort()
      child.leave()
    },
  }
}

/** Kills `child` once it has answered and then no longer answers. The loop, which waits for its end, starts it again. */
function watchOver(child: Child, { answers }: Part, { askEveryMs, answerMs, misses }: Patience, stopping: AbortSignal) {
  const ended = new AbortController()
  const over = AbortSignal.any([ended.signal, stopping])
  let isStuck = false
  const watching = async () => {
    let missed = Number.NEGATIVE_INFINITY
    while (!over.aborted && answers) {
      const late = sleep(Math.min(answerMs, longestTimerMs), false, { signal: over })
      const answered = answers().then(
        () => true,
        () => false,
      )
      missed = (await Promise.race([answered, late])) ? 0 : missed + 1
      if (missed >= misses) {
        isStuck = true
        return child.stop(0, 'SIGKILL')
      }
      await sleep(Math.min(askEveryMs, longestTimerMs), undefined, { signal: over })
    }
  }
  // An abort ends the watch and is no failure.
  watching().catch(() => {})
  return { isStuck: () => isStuck, end: () => ended.abort() }
}
