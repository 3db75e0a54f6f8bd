/** What lets a target refuse the late: the number of the turn and the step within it. */

export interface Fence {
  /** The workflow that acts; with turn and step the key of the effect. */
  readonly workflowId: string
  /** Fencing token, of the resource's own counter: every turn, and every takeover, takes the next. */
  readonly turn: number
  readonly step: number
}

/** Has something newer been here? Equal is a repeat, not late. */
export const isLate = (seen: Pick<Fence, 'turn' | 'step'>, fence: Pick<Fence, 'turn' | 'step'>): boolean =>
  fence.turn < seen.turn || (fence.turn === seen.turn && fence.step < seen.step)

/** What makes an event or a row of an act be written once, whatever is repeated. */
export const stepKey = ({ workflowId, turn, step }: Fence): string => `${workflowId}#${turn}.${step}`
