/** The person, the machine or the part of Holdfast that did something. Every event and request has one. */

export interface Actor {
  readonly kind: 'person' | 'machine' | 'system'
  /** Stable name: a person's or key's id, or the part of the system that acted. */
  readonly id: string
}

export const systemActor = (id: string): Actor => ({ kind: 'system', id })
