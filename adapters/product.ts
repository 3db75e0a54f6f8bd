/** Products behind doors: what a declaration may name, with the schema of its own configuration. */
import type { z } from 'zod'
import { Problem } from '../domain/problem.ts'

/** What composition roots give to every product. */
export interface Given {
  /** Unix socket of the local runtime; empty where there is none. */
  readonly runtimeSocket: string
}

export interface DoorProduct<Door> {
  readonly kind: string
  /** Configuration as declared in, as stored out: durations become milliseconds. */
  readonly config: z.ZodType<Record<string, unknown>>
  /** @param config what `config` parsed */
  create(given: Given, config: Readonly<Record<string, unknown>>): Door
}

/** @throws Problem invalid-input for a name that is not there: never a default */
export function findProduct<Door>(products: readonly DoorProduct<Door>[], kind: string): DoorProduct<Door> {
  const found = products.find((product) => product.kind === kind)
  if (found) return found
  throw new Problem('invalid-input', `there is no '${kind}'`, {
    hint: `one of: ${products.map((product) => product.kind).join(', ')}`,
  })
}
