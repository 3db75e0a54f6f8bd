/** Queries of the routes: everything comes as text. */
import { z } from 'zod'
import { Version } from './release.ts'

export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().min(1).max(400).optional(),
})

export const ReleaseListQuery = PageQuery.extend({ service: z.string().optional() })

export const StartQuery = z.object({
  dryRun: z.stringbool().default(false).meta({ description: 'Answers the plan and starts nothing.' }),
})

export const StopQuery = z.object({
  stop: z.stringbool().default(false).meta({ description: 'Takes back what is in flight and ends what runs.' }),
})

export const LooksQuery = z.object({
  sinceMs: z.coerce.number().int().min(0).default(0).meta({ description: 'Only looks after this instant (epoch).' }),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'the cursor is the nextCursor of the page before')
    .optional(),
})

export const LogsQuery = z.object({
  version: Version.optional(),
  lines: z.coerce.number().int().min(1).max(1_000).default(200),
  follow: z.stringbool().default(false),
})

export const EventsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
  cursor: z
    .string()
    .regex(/^\d{1,9}$/, 'the cursor is the seq of the last event seen')
    .optional(),
})
