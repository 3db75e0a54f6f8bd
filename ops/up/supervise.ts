/** Keeps a process of ours running: started again with a growing pause when it ends, until it is told to stop. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Child, ChildOptions } from '../components/process.ts'
import { adoptChild, startChild } from '../components/process.ts'

export interface Supervised {
  readonly name: string
  /** SIGTERM, and SIGKILL after `graceMs` (10 s). */
  stop(graceMs?: number): Promise<void>
  /** It runs on unsupervised. */
  leave(): void
}

const shortestMs = 200
const longestMs = 5_000
/** Having run this long counts as healthy: the next pause is short again. */
const healthyMs = 10_000

/**
 * Takes over the process that an earlier starter left, if it still runs: whoever must not outlive its starter is ended before.
 * @param say told when the process ended without being asked to
 */
export async function supervise(name: string, options: ChildOptions, say: (line: string) => void): Promise<Supervised> {
  const stopping = new AbortController()
  let child: Child = (options.pidFile && adoptChild(options.pidFile)) || startChild(options)
  const loop = (async () => {
    let pauseMs = shortestMs
    for (;;) {
      const startedAtMs = Date.now()
      const why = await child.exited
      if (stopping.signal.aborted) return
      pauseMs = Date.now() - startedAtMs > healthyMs ? shortestMs : Math.min(longestMs, pauseMs * 2)
      say(`${name} ended (${why}); starting it again`)
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => {})
      if (stopping.signal.aborted) return
      child = startChild(options)
    }
  })()
  return {
    name,
    async stop(graceMs) {
      stopping.abort()
      await child.stop(graceMs)
      await loop
    },
    leave() {
      stopping.abort()
      child.leave()
    },
  }
}
