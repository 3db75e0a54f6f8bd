/** The thread of a proxy that a test can break. A fault that is sent to the channel of its name happens in it, like an unguarded fault. */
import { BroadcastChannel, threadName } from 'node:worker_threads'
import '../../local-runtime/proxy-thread.ts'

export type Fault = 'throw' | 'reject' | 'exit' | 'leak' | 'leak-at-once' | 'loop'

const faults: Readonly<Record<Fault, () => void>> = {
  throw: () => {
    setTimeout(() => {
      throw new Error('nobody guarded this')
    }, 0)
  },
  reject: () => void Promise.reject(new Error('nobody awaited this')),
  exit: () => process.exit(1),
  leak: () => {
    const kept: string[][] = []
    for (;;) kept.push(Array.from({ length: 10_000 }, (_, i) => `${kept.length} ${i}`))
  },
  // Its table doubles in one allocation of a hundred megabytes. At V8's own limit that would end the whole process.
  'leak-at-once': () => {
    const kept = new Map<number, { readonly at: number }>()
    for (let at = 0; ; at += 1) kept.set(at, { at })
  },
  loop: () => {
    for (;;);
  },
}

const channel = new BroadcastChannel(`faults of ${threadName}`)
channel.onmessage = (event) => faults[(event as { readonly data: Fault }).data]()
channel.unref()
