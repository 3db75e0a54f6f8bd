/** Waits until every part is ready. */
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Problem } from '../../domain/problem.ts'

const withinMs = 60_000

/** @param parts addresses of probes, and paths of Unix sockets. @throws Problem unreachable with the parts that are not ready */
export async function untilReady(parts: readonly string[], logs: string): Promise<void> {
  const until = Date.now() + withinMs
  const left = new Set(parts)
  while (left.size > 0) {
    for (const part of left) if (await (part.startsWith('/') ? listens(part) : answers(part))) left.delete(part)
    if (left.size > 0 && Date.now() > until) {
      throw new Problem('unreachable', `not ready after ${withinMs / 1_000} s: ${[...left].join(', ')}`, {
        hint: `the logs in ${logs} say why`,
      })
    }
    if (left.size > 0) await sleep(100)
  }
}

const answers = (url: string): Promise<boolean> =>
  fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    (answer) => answer.ok,
    () => false,
  )

const listens = (socket: string): Promise<boolean> =>
  new Promise((resolve) => {
    const connection = connect(socket, () => resolve(true)).once('error', () => resolve(false))
    connection.once('connect', () => connection.destroy())
  })
