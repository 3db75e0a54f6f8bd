/** The outside of a thread that answers calls by messages. Each call is answered, fails, or fails because the thread ends. */
import { Worker } from 'node:worker_threads'
import type { ThreadAnswer, ThreadCall, ThreadMethods } from './proxy-thread.ts'

export interface ThreadLink {
  /** Rejects with the thread's error, or when the thread ends first. */
  call<Method extends keyof ThreadMethods>(
    method: Method,
    ...args: Parameters<ThreadMethods[Method]>
  ): Promise<Awaited<ReturnType<ThreadMethods[Method]>>>
  /** Resolves with the reason when the thread ends. */
  readonly ended: Promise<string>
  /** Ends the thread, even within an endless loop. @param because the reason that `ended` gives */
  terminate(because?: string): Promise<unknown>
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

/** A busy proxy takes some ten MB. A thread that takes more than this leaks, and is ended. */
const heapBytes = 256 * 1024 * 1024
const heapEveryMs = 500
/**
 * V8's own limit cannot serve as the guard. Node grants a thread 16 MB beyond the limit to end in. When one allocation, or what the last
 * collection keeps, exceeds that, V8 aborts the whole process. So the limit is far above what a thread can take between two checks.
 *
 * The young heap is 16 MB. V8's own bound is 128 MB a thread, and a busy machine made it grow so far: after half an hour of the demo under
 * load the runtime took 310 MB instead of 120.
 */
const resourceLimits = { maxOldGenerationSizeMb: 4_096, maxYoungGenerationSizeMb: 24 }

/** @param warn gets the thread's warnings */
export function startThread(file: URL, name: string, warn: (message: string) => void): ThreadLink {
  // No environment variables, because a proxy needs none.
  const worker = new Worker(file, { name, env: {}, resourceLimits })
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
  const watching = watchHeap(worker, (mb) => {
    why = `out of memory: its heap of ${mb} MB keeps growing`
    void worker.terminate()
  })
  const ended = new Promise<string>((resolve) =>
    worker.once('exit', () => {
      clearInterval(watching)
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
    terminate(because = why) {
      why = because
      return worker.terminate()
    },
  }
}

/** Checks the heap from outside, by an interrupt, which works in an endless loop too. */
function watchHeap(worker: Worker, onTooMuch: (mb: number) => void): NodeJS.Timeout {
  let asked = false
  const timer = setInterval(() => {
    if (asked) return
    asked = true
    worker.getHeapStatistics().then(
      ({ used_heap_size: used }) => {
        asked = false
        if (used > heapBytes) onTooMuch(Math.round(used / 1024 / 1024))
      },
      // The thread has ended.
      () => {},
    )
  }, heapEveryMs)
  timer.unref()
  return timer
}
