/** What lets a target refuse a late write: the fencing token and the step under it. */

export interface FencingToken {
  /** The workflow that acts. With token and step it is the key of the effect. */
  readonly workflowId: string
  /** The fencing token, from a counter of the resource. Every turn and every takeover takes the next one. */
  readonly token: number
  readonly step: number
}

/** Whether a newer token or step was seen. An equal one is a repeat and not late. */
export const isLate = (seen: Pick<FencingToken, 'token' | 'step'>, fencingToken: Pick<FencingToken, 'token' | 'step'>): boolean =>
  fencingToken.token < seen.token || (fencingToken.token === seen.token && fencingToken.step < seen.step)

/** The key by which a step writes its event or row once, however often it is repeated. */
export const stepKey = ({ workflowId, token, step }: FencingToken): string => `${workflowId}#${token}.${step}`

/** The key of what happens beside the step of this key. It gets an event of its own. */
export const besideKey = (key: string): string => `${key}.beside`
