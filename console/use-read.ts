/** What the API says now, asked again while the page is looked at. */
import { useEffect, useState } from 'react'
import { get } from './requests.ts'

export interface ReadState<Answer> {
  readonly data: Answer | null
  readonly error: unknown
}

/** Asks for `path` at once and every `everyMs`; keeps the last answer while one fails. */
export function useRead<Answer>(path: string, everyMs: number): ReadState<Answer> {
  const [state, setState] = useState<ReadState<Answer>>({ data: null, error: null })
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>
    let gone = false
    const look = async () => {
      try {
        const data = await get<Answer>(path)
        if (!gone) setState({ data, error: null })
      } catch (error) {
        if (!gone) setState(({ data }) => ({ data, error }))
      }
      if (!gone) timer = setTimeout(() => void look(), document.hidden ? everyMs * 5 : everyMs)
    }
    void look()
    return () => {
      gone = true
      clearTimeout(timer)
    }
  }, [path, everyMs])
  return state
}
