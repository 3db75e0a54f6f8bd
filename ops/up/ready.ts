/** Waits until every part answers that it is ready. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Problem } from '../../domain/problem.ts'

const withinMs = 60_000

/** @throws Problem unreachable naming what did not get ready */
export async function untilReady(urls: readonly string[], logs: string): Promise<void> {
  const until = Date.now() + withinMs
  const left = new Set(urls)
  while (left.size > 0) {
    for (const url of left) {
      const isReady = await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
        (answer) => answer.ok,
        () => false,
      )
      if (isReady) left.delete(url)
    }
    if (left.size > 0 && Date.now() > until) {
      throw new Problem('unreachable', `not ready after ${withinMs / 1_000} s: ${[...left].join(', ')}`, {
        hint: `the logs in ${logs} say why`,
      })
    }
    if (left.size > 0) await sleep(100)
  }
}
