/** Events that tests write and search for. */
import type { EventKind, NewEvent, StoredEvent } from '../../domain/events/event.ts'
import type { Event } from '../../schema/events.ts'

/** The events of one kind, with its data type. */
export const ofKind = <Some extends StoredEvent | Event, Kind extends EventKind>(
  events: readonly Some[],
  kind: Kind,
): readonly Extract<Some, { kind: Kind }>[] =>
  events.filter((event): event is Extract<Some, { kind: Kind }> => event.kind === kind)

/** A new event with this key. */
export const anEvent = (key: string): NewEvent => ({
  key,
  kind: 'abort-requested',
  actor: { kind: 'system', id: 'test' },
  at: new Date(),
  where: null,
  data: { reason: key },
})
