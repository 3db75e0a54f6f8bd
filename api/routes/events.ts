/** Events of a release or rollback: a list as JSON, or a stream for a client that accepts one. */
import type { SubjectKind } from '../../domain/subject.ts'
import { Problem } from '../../domain/problem.ts'
import { Event, EventList } from '../../schema/events.ts'
import { EventsQuery } from '../../schema/queries.ts'
import { verbOf } from '../../schema/verbs.ts'
import type { Verb } from '../../schema/verb.ts'
import { eventStream } from '../event-stream.ts'
import { pageRequest } from '../page.ts'
import { noSubject } from '../remedies.ts'
import { ok, route } from '../route.ts'
import { eventView } from '../views/reason.ts'

const eventsOf = (kind: SubjectKind, verb: Verb) =>
  route({
    verb,
    query: EventsQuery,
    answers: { 200: EventList },
    stream: { item: Event, resumes: true },
    needs: ['events', 'feed', 'queries'],
    async handle({ params, query, header, signal }, { events, feed, queries }) {
      const subject = { kind, id: params.id ?? '' }
      if ((await events.hasEnded(subject)) === null) throw await noSubject({ queries }, subject)
      if (header('Accept').includes('text/event-stream'))
        return { status: 200, events: eventStream({ events, feed }, subject, seqAfter(header('Last-Event-ID')), signal) }
      const { items, nextCursor } = await events.page(subject, pageRequest(query))
      return ok({ items: items.map(eventView), nextCursor })
    },
  })

/** @throws Problem invalid-input for any other header, because its reader would get every event again without knowing */
function seqAfter(header: string): number {
  if (/^\d{0,9}$/.test(header)) return Number(header)
  throw new Problem('invalid-input', 'Last-Event-ID is not the id of an event here', {
    hint: 'send the id of the last event that you got',
  })
}

export const releaseEvents = eventsOf('release', verbOf('release', 'watch'))
export const rollbackEvents = eventsOf('rollback', verbOf('rollback', 'watch'))
