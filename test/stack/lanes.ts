/** Limits the work that runs at once: journeys that would all start together wait for a lane. */
export interface Lanes {
  /** Runs `work` once a lane is free, in the order of the calls. */
  run<T>(work: () => Promise<T>): Promise<T>
}

export function createLanes(count: number): Lanes {
  const waiting: (() => void)[] = []
  let free = count
  return {
    async run(work) {
      if (free > 0) free -= 1
      else await new Promise<void>((resolve) => waiting.push(resolve))
      try {
        return await work()
      } finally {
        const next = waiting.shift()
        if (next) next()
        else free += 1
      }
    },
  }
}
