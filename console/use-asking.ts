/** One request of a dialog to the API: its idempotency key, and the text that is shown once it is accepted. */
import { useState } from 'react'
import type { z } from 'zod'
import type { AnswerOf } from './requests.ts'
import { isFinal, newKey, post } from './requests.ts'

export interface Asking<What> {
  /** Null: no dialog is open. */
  readonly what: What | null
  readonly message: string
  open(what: What): void
  close(): void
  /** Posts it. @throws as `post` */
  send<S extends z.ZodType>(
    schema: S,
    path: string,
    body: unknown,
    message: (answer: AnswerOf<S>) => string,
  ): Promise<AnswerOf<S>>
}

export function useAsking<What>(): Asking<What> {
  // One key per opening of the dialog, so a click that a person or the network repeats has no second effect.
  const [opened, setOpened] = useState<{ readonly what: What; readonly key: string } | null>(null)
  const [message, setMessage] = useState('')
  return {
    what: opened?.what ?? null,
    message,
    open(what) {
      setMessage('')
      setOpened({ what, key: newKey() })
    },
    close: () => setOpened(null),
    async send<S extends z.ZodType>(schema: S, path: string, body: unknown, words: (answer: AnswerOf<S>) => string) {
      try {
        const answer = await post(schema, path, body, opened?.key ?? newKey())
        setMessage(words(answer))
        return answer
      } catch (error) {
        if (opened && isFinal(error)) setOpened({ ...opened, key: newKey() })
        throw error
      }
    },
  }
}
