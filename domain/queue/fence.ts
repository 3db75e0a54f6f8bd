/** What lets a target refuse a late write: the fencing token and the step under it. */

export interface Fence {
  /** The workflow that acts. With token and step it is the key of the effect. */
  readonly workflowId: string
  /** The fencing token, from a counter of the resource. Every turn and every takeover takes the next one. */
  readonly turn: number
  readonly step: number
}

/** Has something newer been here? An equal fence is a repeat, not late. */
export const isLate = (seen: Pick<Fence, 'turn' | 'step'>, fence: Pick<Fence, 'turn' | 'step'>): boolean =>
  fence.turn < seen.turn || (fence.turn === seen.turn && fence.step < seen.step)

/** The key by which a step writes its event or row once, however often it is repeated. */
export const stepKey = ({ workflowId, turn, step }: Fence): string => `${workflowId}#${turn}.${step}`
