/** A thread that answers calls by message, seen from outside: each call is answered, refused, or ended with the thread. */
import { Worker } from 'node:worker_threads'
import type { ThreadAnswer, ThreadCall, ThreadMethods } from './proxy-thread.ts'

export interface ThreadLink {
  /** Rejects with the thread's error, or when the thread ends first. */
  call<Method extends keyof ThreadMethods>(
    method: Method,
    ...args: Parameters<ThreadMethods[Method]>
  ): Promise<Awaited<ReturnType<ThreadMethods[Method]>>>
  /** Why it ended. */
  readonly ended: Promise<string>
  /** Ends it wherever it is, be it in a loop without end. */
  terminate(): Promise<unknown>
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

/** A proxy that leaks ends itself instead of everybody's. In megabytes; a busy one takes some ten. */
const heapMb = 256

/** @param warn told what the thread warns of */
export function startThread(file: URL, name: string, warn: (message: string) => void): ThreadLink {
  // No environment: nothing that a proxy does depends on one.
  const worker = new Worker(file, { name, env: {}, resourceLimits: { maxOldGenerationSizeMb: heapMb } })
  const waiting = new Map<number, Waiting>()
  let last = 0
  let why = 'it ended'
  worker.on('message', (answer: ThreadAnswer) => {
    if ('warning' in answer) return warn(answer.warning)
    const call = waiting.get(answer.id)
    waiting.delete(answer.id)
    if ('value' in answer) call?.resolve(answer.value)
    else call?.reject(Object.assign(new Error(answer.error.message), { code: answer.error.code }))
  })
  worker.on('error', (error: unknown) => (why = error instanceof Error ? `${error.name}: ${error.message}` : String(error)))
  const ended = new Promise<string>((resolve) =>
    worker.once('exit', () => {
      for (const { reject } of waiting.values()) reject(new Error(`the proxy's thread ended: ${why}`))
      waiting.clear()
      resolve(why)
    }),
  )
  return {
    call: (method, ...args) =>
      new Promise((resolve, reject) => {
        last += 1
        waiting.set(last, { resolve, reject })
        worker.postMessage({ id: last, method, args } satisfies ThreadCall)
      }),
    ended,
    terminate: () => worker.terminate(),
  }
}
