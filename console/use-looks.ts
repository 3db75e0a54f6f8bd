/** The looks of an analysis, read as they are written, each once. */
import { useEffect, useState } from 'react'
import type { Look } from '../schema/answers.ts'
import { Looks } from '../schema/answers.ts'
import { poll } from './poll.ts'
import { get } from './requests.ts'

/** The most looks that fit a chart; the oldest are dropped first. */
const mostLooks = 4_000

/**
 * Oldest first. `path` is of a release or a rollback. A failed reading is tried again with the next: the page says already that the API
 * does not answer.
 */
export function useLooks(path: string, everyMs: number): readonly Look[] {
  const [looks, setLooks] = useState<readonly Look[]>([])
  useEffect(() => {
    let sinceMs = 0
    return poll(async (isStopped) => {
      const since = sinceMs > 0 ? `?sinceMs=${sinceMs}` : ''
      const { items } = await get(Looks, `${path}/looks${since}`).catch(() => ({ items: [] }))
      if (isStopped()) return
      sinceMs = items.at(-1)?.atMs ?? sinceMs
      if (items.length > 0) setLooks((known) => (since ? [...known, ...items].slice(-mostLooks) : items))
    }, everyMs)
  }, [path, everyMs])
  return looks
}
