/** What Holdfast remembers of a router on a cluster, as an annotation of the object that splits the traffic, set in the same write. */
import { z } from 'zod'
import type { LiveObject } from './resource.ts'

const Weights = z.record(z.string(), z.number())
export type ShareByRevision = Readonly<z.output<typeof Weights>>

const TrafficRecord = z.object({
  /** The weights that Holdfast asked for last. */
  weights: Weights.default({}),
  /** Those before them, for as long as the router has not taken the new ones. */
  before: Weights.default({}),
  /** Counts the changes of weights. */
  generation: z.int().min(0).default(0),
  /** The fencing token of the last write, where the object belongs to somebody else and so has no annotation for it. */
  token: z.string().default(''),
})
export type TrafficRecord = Readonly<z.output<typeof TrafficRecord>>

export const noTraffic: TrafficRecord = { weights: {}, before: {}, generation: 0, token: '' }

/** Null when the object has none, or somebody has damaged it. */
export function trafficRecordOn({ metadata }: Pick<LiveObject, 'metadata'>, key: string): TrafficRecord | null {
  try {
    const parsed = TrafficRecord.safeParse(JSON.parse(metadata.annotations[key] ?? ''))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

/** The record after a step asked for `weights`. A repeat is no change. */
export const withWeights = (last: TrafficRecord, weights: ShareByRevision): TrafficRecord =>
  isSame(last.weights, weights) ? last : { ...last, weights, generation: last.generation + 1 }

export function isSame(a: ShareByRevision, b: ShareByRevision): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...names].every((name) => (a[name] ?? 0) === (b[name] ?? 0))
}

/** Whole percents of the total. A part of the whole is never shown as all of it, nor as nothing. Zeros when there is no total. */
export function percentsOf(parts: ShareByRevision): ShareByRevision {
  const total = Object.values(parts).reduce((sum, part) => sum + part, 0)
  const percent = (part: number): number => {
    if (part === 0 || part === total) return part === 0 ? 0 : 100
    return Math.min(99, Math.max(1, Math.round((100 * part) / total)))
  }
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, percent(part)]))
}

/** Other managers that changed one of these fields, by their names. */
export const othersThatSet = (
  { metadata }: Pick<LiveObject, 'metadata'>,
  own: string,
  path: readonly string[],
): readonly string[] =>
  metadata.managedFields.filter(({ manager, fieldsV1 }) => manager !== own && has(fieldsV1, path)).map(({ manager }) => manager)

const has = (fields: unknown, [key, ...rest]: readonly string[]): boolean =>
  key === undefined ||
  (typeof fields === 'object' && fields !== null && key in fields && has((fields as Record<string, unknown>)[key], rest))
