/** What events, turns and pages are about: a release, a rollback, later a decision or a backup. Ids are unique within a kind only. */

/** The queue and the events take subjects of any kind. */
export interface SubjectRef {
  readonly kind: string
  readonly id: string
}

/** Kinds that have pages and routes. */
export const subjectKinds = ['release', 'rollback'] as const
export type SubjectKind = (typeof subjectKinds)[number]

/** A release or rollback. */
export interface ShownSubject extends SubjectRef {
  readonly kind: SubjectKind
}

/** The kind of subject that a turn of the queue works for. */
export const subjectKindOf = (turnKind: 'rollout' | 'rollback'): SubjectKind => (turnKind === 'rollback' ? 'rollback' : 'release')

/** Unique over all kinds. */
export const subjectKey = ({ kind, id }: SubjectRef): string => `${kind}:${id}`

export const subjectOf = (turn: { readonly subjectKind: string; readonly subject: string }): SubjectRef => ({
  kind: turn.subjectKind,
  id: turn.subject,
})
