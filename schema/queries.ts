/** The queries of the routes. Every value comes as text. */
import { z } from 'zod'
import { durationMs } from './duration.ts'
import { ReleaseState, Version } from './release.ts'

/** Every list is paged alike: at most `limit` items, and `nextCursor` as long as there are more. */
const paged = (most: number, usual: number) =>
  z.strictObject({
    limit: z.coerce.number().int().min(1).max(most).default(usual),
    cursor: z.string().min(1).max(400).optional().meta({ description: '`nextCursor` of the previous page.' }),
  })

export const PageQuery = paged(200, 50)

/** Refuses every parameter, because the caller expects an effect that it would not have. */
export const NoQuery = z.strictObject({})

/** A century, so that the database can represent the instant. */
const longestAgoMs = 36_525 * 86_400_000

/** An instant, or how long ago it was: `2026-11-29T12:00:00Z`, `24h`. */
const Instant = z
  .string()
  .refine((text) => !Number.isNaN(instantMs(text, 0)), 'expected an instant such as 2026-11-29T12:00:00Z, or how long ago: 24h')

/** NaN for a text that is neither. @param nowMs the instant that a duration is subtracted from */
export function instantMs(text: string, nowMs: number): number {
  const agoMs = durationMs(text)
  if (!Number.isNaN(agoMs)) return agoMs <= longestAgoMs ? nowMs - agoMs : Number.NaN
  return z.iso.datetime({ offset: true }).safeParse(text).success ? Date.parse(text) : Number.NaN
}

const States = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(ReleaseState).max(20))

/** The filters of both kinds of lists. */
const filter = {
  state: States.optional().meta({ description: 'Only these states, separated by commas.' }),
  environment: z.string().max(63).optional().meta({ description: 'Only those to this environment.' }),
  since: Instant.optional().meta({ description: 'Only those created at this time or later: an instant, or how long ago.' }),
  before: Instant.optional().meta({ description: 'Only those created before this time: an instant, or how long ago.' }),
}

export const SubjectListQuery = PageQuery.extend({
  service: z.string().max(63).optional().meta({ description: 'Only of this service. An unknown service is answered with 404.' }),
  ...filter,
})
export const HistoryQuery = PageQuery.extend(filter)

export const StartQuery = z.strictObject({
  dryRun: z.stringbool().default(false).meta({ description: 'Answers the plan and starts nothing.' }),
})

export const ApplyQuery = z.strictObject({
  stop: z.stringbool().default(false).meta({ description: 'Reverts and stops what runs in environments that it drops.' }),
  dryRun: z.stringbool().default(false).meta({ description: 'Answers what would change, and changes nothing.' }),
})

export const StopQuery = z.strictObject({
  stop: z.stringbool().default(false).meta({ description: 'Reverts what is in flight and stops what runs.' }),
})

export const LooksQuery = paged(2_000, 2_000).extend({
  sinceMs: z.coerce.number().int().min(0).default(0).meta({ description: 'Only looks after this instant (epoch).' }),
})

export const LogsQuery = z.strictObject({
  version: Version.optional(),
  lines: z.coerce.number().int().min(1).max(1_000).default(200).meta({ description: 'Number of last lines.' }),
  since: Instant.optional().meta({ description: 'Only lines printed at this time or later: an instant, or how long ago.' }),
  follow: z.stringbool().default(false),
})

export const EventsQuery = paged(1_000, 200)
