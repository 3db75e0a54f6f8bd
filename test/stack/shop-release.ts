/** A release or rollback of a journey, which is read and requested only through the API. */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { ApiProblem } from '../../cli/api-problem.ts'
import type { Answer, Client } from '../../cli/client.ts'
import { ReleaseAnswer, read } from '../../cli/api-answers.ts'
import type { Event } from '../../schema/events.ts'
import { EventList } from '../../schema/events.ts'
import { until } from './until.ts'

export interface ShopRelease {
  readonly id: string
  read(): Promise<ReleaseAnswer>
  /** Resolves with its outcome. */
  end(withinMs?: number): Promise<string>
  /** Resolves with it once its phase is one of these. */
  phase(...phases: readonly string[]): Promise<ReleaseAnswer>
  /** @throws ApiProblem when refused */
  ask(verb: string, body?: Readonly<Record<string, unknown>>, key?: string): Promise<Answer>
  /** Resolves with the refusal of a request; null if it was accepted. */
  refusal(verb: string): Promise<Refusal | null>
  events(): Promise<readonly Event[]>
  explanation(): Promise<Explanation>
}

const Refusal = z.object({ status: z.number(), code: z.string(), phase: z.string(), legal: z.array(z.string()) })
export type Refusal = z.infer<typeof Refusal>

const Verdict = z.looseObject({ verdict: z.string(), detail: z.string().nullable(), evidence: z.unknown() })
const Explanation = z.looseObject({ summary: z.string(), waitsFor: z.string().nullable(), verdicts: z.array(Verdict) })
export type Explanation = z.infer<typeof Explanation>

export function shopRelease(client: Client, id: string, path: string): ShopRelease {
  const get = async (below = '', query = {}) => (await client.call({ method: 'GET', path: `${path}${below}`, query })).json
  const see = async () => read(ReleaseAnswer, await get())
  const ask: ShopRelease['ask'] = (verb, body = {}, key = randomUUID()) =>
    client.call({ method: 'POST', path: `${path}/${verb}`, body, headers: { 'idempotency-key': key } })
  return {
    id,
    read: see,
    ask,
    end: (withinMs = 240_000) => until(`end of ${id}`, async () => (await see()).outcome, withinMs),
    async phase(...phases) {
      let last = ''
      const isThere = async () => {
        const seen = await see()
        last = `${seen.state}, phase ${seen.phase}, ${seen.reason?.detail}`
        return phases.includes(seen.phase ?? '') && seen
      }
      return until(`${id} in ${phases.join(' or ')}`, isThere, 60_000).catch((error: Error) => {
        throw new Error(`${error.message}; it was ${last}`)
      })
    },
    refusal: (verb) =>
      ask(verb).then(
        () => null,
        (error: unknown) => {
          if (!(error instanceof ApiProblem)) throw error
          return Refusal.parse(error.document)
        },
      ),
    events: async () => EventList.parse(await get('/events', { limit: 200 })).items,
    explanation: async () => read(Explanation, await get('/explanation')),
  }
}
