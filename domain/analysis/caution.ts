/** Sentences that say where the evidence is weaker than it looks. Every verdict and plan shows them. */
import type { AnalysisPlan, AnalysisState } from './analysis.ts'
import type { Channel } from './channels.ts'
import type { Dispersion } from './dispersion.ts'
import { dispersionFor, isCut } from './dispersion.ts'
import { isWithheldBy } from './missing-counters.ts'

/** The target reports a single restart in place. From this many on, much is missing in the counts. */
const manyFalls = 3

export function cautionsOf(
  plan: AnalysisPlan,
  { dispersion, missing, falls, byClients }: AnalysisState,
  channels: readonly Channel[],
): readonly string[] {
  const fallen =
    falls < manyFalls
      ? []
      : [
          `counters of the new version went backwards ${falls} times: what it counted until then is not in the evidence (its processes restart, or these are no counters)`,
        ]
  const unheld = plan.sticky && !byClients ? [...fallen, requestsCaution] : fallen
  if (plan.stable === null) return unheld
  const alpha = alphaCaution(dispersion, channels)
  const silent = channels.flatMap((channel) => {
    const found = missing[channel.id]
    if (!found) return []
    const which = found.of === 'canary' ? 'new' : 'stable'
    const so = isWithheldBy(channel, found) ? ': it has a share, so nothing passes without it' : ', so it says nothing'
    return [`${channel.id} has no data of the ${which} version (${found.why})${so}`]
  })
  return [...(alpha === null ? [] : [alpha]), ...silent, ...unheld]
}

/** The caution where clients stay with a version and only their requests are counted. */
export const requestsCaution =
  'alpha is not held, because traffic is sticky and the metrics provider does not count clients: one client that always fails can revert a ' +
  'healthy version when it is drawn for it, and the split is not checked'

/**
 * The caution that alpha is not held, with the setting that causes it. Null where alpha is held, as far as dispersion was measured. Metrics
 * that cannot fail a release are left out. Errors always can, because of the guardrail.
 */
export function alphaCaution(dispersion: Dispersion | null, channels: readonly Channel[]): string | null {
  const cut = channels.flatMap(({ id, weight }) => {
    const found = dispersionFor(dispersion, id)
    if ((weight === 0 && id !== 'errors') || !isCut(found)) return []
    return [`${id}: clusters of about ${Math.round(found.measured)}, where ${found.phi} are allowed for`]
  })
  if (cut.length === 0) return null
  return `alpha is not held, because the stable version's come in clusters larger than analysis.maxDispersion (${cut.join('; ')})`
}
