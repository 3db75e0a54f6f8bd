/** Server-sent events of a release or rollback: from the reader's last event on, as they happen, until the end. */
import type { SubjectKind, SubjectRef } from '../domain/subject.ts'
import { subjectKey } from '../domain/subject.ts'
import type { ApiDependencies } from './dependencies.ts'
import { eventView } from './views/reason.ts'

const pageSize = 200
const commentEveryMs = 15_000

/**
 * Frames of the stream: one per event with its `seq` as id, a comment every 15 s, and `event: end` after the last event. When `signal`
 * aborts, the stream ends without it.
 */
export async function* eventStream(
  dependencies: Pick<ApiDependencies, 'events' | 'feed'>,
  subject: SubjectRef & { readonly kind: SubjectKind },
  afterSeq: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let seq = afterSeq
  let spokeMs = Date.now()
  yield ': holdfast\n\n'
  while (!signal.aborted) {
    // Asked before the events are read. One transaction writes the end and the last event, so a read after the end has everything.
    const hasEnded = await dependencies.events.hasEnded(subject)
    const events = await dependencies.events.after(subject, seq, pageSize)
    for (const event of events) {
      seq = event.seq
      spokeMs = Date.now()
      yield `id: ${event.seq}\ndata: ${JSON.stringify(eventView(event))}\n\n`
    }
    if (events.length > 0) continue
    if (hasEnded !== false) {
      yield 'event: end\ndata: {}\n\n'
      return
    }
    await dependencies.feed.news(subjectKey(subject), signal)
    if (Date.now() - spokeMs >= commentEveryMs) {
      spokeMs = Date.now()
      yield ': still here\n\n'
    }
  }
}
