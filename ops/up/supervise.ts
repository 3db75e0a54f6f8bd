/** Keeps a process of ours running: started again with a growing pause when it ends or no longer answers, until it is told to stop. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Child } from '../components/process.ts'
import { longestTimerMs } from '../../domain/bounds.ts'

/** A process as its supervisor needs to know it. */
export interface Part {
  readonly name: string
  /** Starts it anew; what its last life left is ended first. */
  start(): Promise<Child>
  /** One that runs already: started before, or left by an earlier starter. */
  readonly running?: Child | undefined
  /** Whether it answers at all, whatever it answers; rejects or lasts where it does not. Left out: only its end is seen. */
  readonly answers?: () => Promise<unknown>
  /** How it is asked to end; SIGTERM unless said otherwise. */
  readonly stopSignal?: NodeJS.Signals
}

export interface Supervised {
  readonly name: string
  /** The signal of its part, and SIGKILL after `graceMs` (10 s). */
  stop(graceMs?: number): Promise<void>
  /** It runs on unsupervised. */
  leave(): void
}

export interface Patience {
  /** Pauses before a new start: the first, and the longest. */
  readonly shortestMs: number
  readonly longestMs: number
  /** Having run this long counts as healthy: the next pause is short again. */
  readonly healthyMs: number
  /** Between two questions whether it answers, and how long an answer may take. */
  readonly askEveryMs: number
  readonly answerMs: number
  /** So many questions in a row without an answer, after a first answer, are a process that is stuck: a busy machine is none. */
  readonly misses: number
}

const usual: Patience = { shortestMs: 200, longestMs: 5_000, healthyMs: 10_000, askEveryMs: 2_000, answerMs: 5_000, misses: 3 }

/** @param say told when the process ended without being asked to, and when it is back */
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
      say(`${part.name} ended (${watch.isStuck() ? 'it did not answer any more' : why}); starting it again`)
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
      // Asked to stop while it was started: nobody else knows of this one.
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

/** Ends `child` where it has answered once and then answers no more: the loop that waits for its end starts it again. */
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
  // An abort is the end of the watch, not a failure.
  watching().catch(() => {})
  return { isStuck: () => isStuck, end: () => ended.abort() }
}
