/** The bound of a process's young heap. V8's own is twice 64 MiB for each thread, and a heap that grew does not shrink. */

/** Twice 2 MiB: no control process allocates much at a time. */
export const controlHeap = ['--max-semi-space-size=2'] as const

/** Twice 8 MiB, because the runtime's threads carry users' requests (`local-runtime/thread-link.ts`). The flag is for all threads. */
export const runtimeHeap = ['--max-semi-space-size=8'] as const
