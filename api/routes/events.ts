/** Events of a release or rollback: a list as JSON, a stream for whoever accepts one. */
import type { SubjectKind } from '../../domain/subject.ts'
import { Problem } from '../../domain/problem.ts'
import { Event, EventList } from '../../schema/events.ts'
import { EventsQuery } from '../../schema/queries.ts'
import { verbOf } from '../../schema/verbs.ts'
import type { Verb } from '../../schema/verb.ts'
import { eventStream } from '../event-stream.ts'
import { noSubject } from '../remedies.ts'
import { ok, route } from '../route.ts'
import { eventView } from '../views/reason.ts'

const eventsOf = (kind: SubjectKind, verb: Verb) =>
  route({
    verb,
    query: EventsQuery,
    answers: { 200: EventList },
    stream: { item: Event, resumes: true },
    needs: ['events', 'feed', 'reading'],
    async handle({ params, query: { limit, cursor }, header, signal }, { events, feed, reading }) {
      const subject = { kind, id: params.id ?? '' }
      if ((await events.hasEnded(subject)) === null) throw await noSubject({ reading }, subject)
      const after = Number(lastEventId(header('Last-Event-ID')) ?? cursor ?? 0)
      if (header('Accept').includes('text/event-stream'))
        return { status: 200, events: eventStream({ events, feed }, subject, after, signal) }
      const items = await events.after(subject, after, limit)
      return ok({ items: items.map(eventView), nextCursor: items.length < limit ? null : String(items.at(-1)?.seq ?? after) })
    },
  })

/** @throws Problem invalid-input: who starts over without knowing meets every event again */
function lastEventId(header: string): string | undefined {
  if (header === '' || /^\d{1,9}$/.test(header)) return header || undefined
  throw new Problem('invalid-input', 'Last-Event-ID is not the id of an event here', {
    hint: 'send the id of the last event that was seen',
  })
}

export const releaseEvents = eventsOf('release', verbOf('release', 'watch'))
export const rollbackEvents = eventsOf('rollback', verbOf('rollback', 'watch'))
