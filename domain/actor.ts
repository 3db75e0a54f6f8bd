/** Who did it: the person or machine behind a credential, as recorded with every event and request. */

export interface Actor {
  readonly kind: 'person' | 'machine' | 'system'
  /** Stable name: a person's or key's id, or the part of the system that acted. */
  readonly id: string
}

export const systemActor = (id: string): Actor => ({ kind: 'system', id })
