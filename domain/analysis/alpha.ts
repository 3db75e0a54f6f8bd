/** What an environment spends its share of alpha on, and the limits of evidence that follow. */

/** Shares of one environment's alpha. They sum to 1. */
export const alphaShares = { comparison: 0.8, guardrail: 0.15, sampleRatio: 0.05 } as const

export interface Limits {
  /** E of the comparison at which a release fails: 1/(0.8 alpha). */
  readonly comparison: number
  readonly guardrail: number
  readonly sampleRatio: number
}

/** Limits of E for one environment's `alpha`. */
export const limitsOf = (alpha: number): Limits => ({
  comparison: 1 / (alphaShares.comparison * alpha),
  guardrail: 1 / (alphaShares.guardrail * alpha),
  sampleRatio: 1 / (alphaShares.sampleRatio * alpha),
})
