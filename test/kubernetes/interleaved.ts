/** Runs two processes request by request, in an order that the test chooses. */
import type { ApiServer } from '../../adapters/kubernetes/api-server.ts'
import { gated } from './gated.ts'

/** The work of a process, on a client whose requests wait. */
export type Work = (server: ApiServer) => Promise<void>

/**
 * Lets one request after the other go, each to its end. Where both processes wait, `isFirst` says whether the first of them goes on.
 * Answers the requests in their order, to be printed when the test fails.
 */
export async function interleaved(server: ApiServer, works: readonly [Work, Work], isFirst: () => boolean): Promise<string[]> {
  const order: string[] = []
  const first = stepped(server, works[0])
  const second = stepped(server, works[1])
  for (;;) {
    const [isOne, isOther] = [await first.waits(), await second.waits()]
    if (!isOne && !isOther) break
    const isNext = isOne && (!isOther || isFirst())
    order.push(await (isNext ? first.step('1') : second.step('2')))
  }
  await Promise.all([first.end, second.end])
  return order
}

function stepped(server: ApiServer, work: Work) {
  const waiting: { readonly request: string; send(): Promise<void> }[] = []
  let arrived = Promise.withResolvers<void>()
  let isEnded = false
  const onGate = gated(
    server,
    (request, send) =>
      new Promise((resolve, reject) => {
        waiting.push({ request, send: () => send().then(resolve, reject) })
        arrived.resolve()
      }),
  )
  const end = work(onGate).finally(() => {
    isEnded = true
    arrived.resolve()
  })
  return {
    end,
    /** Whether a request waits. False: the process has ended. */
    async waits(): Promise<boolean> {
      while (waiting.length === 0 && !isEnded) {
        await arrived.promise
        arrived = Promise.withResolvers<void>()
      }
      return waiting.length > 0
    },
    async step(name: string): Promise<string> {
      const next = waiting.shift()
      await next?.send()
      return `${name} ${next?.request}`
    },
  }
}
