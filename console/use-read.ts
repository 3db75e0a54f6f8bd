/** The API's present answer, read again and again. */
import { useEffect, useState } from 'react'
import { poll } from './poll.ts'
import type { z } from 'zod'
import type { AnswerOf } from './requests.ts'
import { get } from './requests.ts'

export interface ReadState<Answer> {
  readonly data: Answer | null
  readonly error: unknown
}

/** Reads `path` at once and every `everyMs`; keeps the last answer when a read fails. */
export function useRead<S extends z.ZodType>(schema: S, path: string, everyMs: number): ReadState<AnswerOf<S>> {
  const [state, setState] = useState<ReadState<AnswerOf<S>>>({ data: null, error: null })
  useEffect(
    () =>
      poll(async (isStopped) => {
        try {
          const data = await get(schema, path)
          if (!isStopped()) setState({ data, error: null })
        } catch (error) {
          if (!isStopped()) setState(({ data }) => ({ data, error }))
        }
      }, everyMs),
    [schema, path, everyMs],
  )
  return state
}
