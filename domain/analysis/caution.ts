/** Where the promise on alpha does not hold, and which setting would change it: said wherever a verdict or a plan is read. */
import type { Channel } from './channels.ts'
import type { Dispersion } from './dispersion.ts'
import { dispersionFor, isCut } from './dispersion.ts'

/** Null where alpha is held, as far as it was measured. Metrics without a say are left out; errors always have one, by the guardrail. */
export function cautionOf(dispersion: Dispersion | null, channels: readonly Channel[]): string | null {
  const cut = channels.flatMap(({ id, weight }) => {
    const found = dispersionFor(dispersion, id)
    if ((weight === 0 && id !== 'errors') || !isCut(found)) return []
    return [`${id}: clusters of about ${Math.round(found.measured)}, where ${found.phi} are allowed for`]
  })
  if (cut.length === 0) return null
  return `alpha is not held, because the stable version's come in clusters larger than analysis.maxDispersion (${cut.join('; ')})`
}
