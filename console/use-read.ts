/** What the API says now, asked again while the page is looked at. */
import { useEffect, useState } from 'react'
import { poll } from './poll.ts'
import { get } from './requests.ts'

export interface ReadState<Answer> {
  readonly data: Answer | null
  readonly error: unknown
}

/** Asks for `path` at once and every `everyMs`; keeps the last answer while one fails. */
export function useRead<Answer>(path: string, everyMs: number): ReadState<Answer> {
  const [state, setState] = useState<ReadState<Answer>>({ data: null, error: null })
  useEffect(
    () =>
      poll(async (isStopped) => {
        try {
          const data = await get<Answer>(path)
          if (!isStopped()) setState({ data, error: null })
        } catch (error) {
          if (!isStopped()) setState(({ data }) => ({ data, error }))
        }
      }, everyMs),
    [path, everyMs],
  )
  return state
}
