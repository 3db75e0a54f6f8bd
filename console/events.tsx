/** The events of a release or rollback, live, newest first. After a break the browser resumes the stream. */
import { useEffect, useState } from 'react'
import type { Sentence } from '../domain/events/sentence.ts'
import { sentenceOf } from '../domain/events/sentence.ts'
import { EventOrUnknown } from '../schema/events.ts'
import { Linked } from './linked.tsx'

type Stream = 'open' | 'broken' | 'ended'

interface Props {
  /** The path of the release or rollback in the API. */
  readonly path: string
  readonly service: string
  /** Sentences that the page shows above already. */
  readonly shownAbove: readonly (string | null)[]
}

export function Events({ path, service, shownAbove }: Props) {
  const { events, stream } = useEvents(path)
  return (
    <section aria-labelledby="events">
      <h2 id="events">Events</h2>
      {stream === 'broken' && <p className="quiet">The stream is interrupted; this page tries again.</p>}
      <ol className="events">
        {shownOnce(events, shownAbove)
          .toReversed()
          .map(({ event, sentence }) => (
            <EventItem key={event.seq} service={service} event={event} sentence={sentence} />
          ))}
      </ol>
    </section>
  )
}

/** An event of a newer API: this page knows its name only. */
const named = (name: string): Sentence => ({ text: name.replaceAll('-', ' '), why: '', tone: 'calm' })

interface Shown {
  readonly event: EventOrUnknown
  readonly sentence: Sentence
}

/** Shows each reason once: the page's head, a verdict, the revert and two ends may have the same one. */
function shownOnce(events: readonly EventOrUnknown[], shownAbove: Props['shownAbove']): readonly Shown[] {
  const shown = new Set(shownAbove)
  return events.map((event) => {
    const sentence = event.kind === 'unknown' ? named(event.name) : sentenceOf(event)
    const why = shown.has(sentence.why) ? '' : sentence.why
    shown.add(sentence.why)
    return { event, sentence: { ...sentence, why } }
  })
}

function EventItem({ service, event, sentence: { text, why, tone } }: Shown & { readonly service: string }) {
  const at = new Date(event.at)
  return (
    <li className={tone}>
      <time dateTime={event.at} title={at.toLocaleString()}>
        {isOfToday(at) ? at.toLocaleTimeString() : at.toLocaleString()}
      </time>
      <div>
        <strong>
          <Linked text={text} service={service} />
        </strong>
        {event.kind !== 'unknown' && event.where && <span className="quiet"> in {event.where.environment}</span>}
        {event.kind !== 'unknown' && event.actor.kind !== 'system' && <span className="quiet"> by {event.actor.id}</span>}
        {why && (
          <p className="quiet long">
            <Linked text={why} service={service} />
          </p>
        )}
      </div>
    </li>
  )
}

const isOfToday = (at: Date): boolean => at.toDateString() === new Date().toDateString()

const retryMs = 3_000

/** Events in order, each once. When the browser gives a stream up (the answer is no stream), this opens it again after `retryMs`. */
function useEvents(path: string): { readonly events: readonly EventOrUnknown[]; readonly stream: Stream } {
  const [events, setEvents] = useState<readonly EventOrUnknown[]>([])
  const [stream, setStream] = useState<Stream>('open')
  useEffect(() => {
    let source: EventSource
    let timer: ReturnType<typeof setTimeout>
    const open = () => {
      source = new EventSource(`${path}/events`)
      source.onopen = () => setStream('open')
      source.onmessage = ({ data }: MessageEvent<string>) => {
        const event = EventOrUnknown.parse(JSON.parse(data))
        setEvents((known) => (known.some(({ seq }) => seq === event.seq) ? known : [...known, event]))
      }
      source.onerror = () => {
        setStream('broken')
        if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, retryMs)
      }
      // The stream ends with the release. Without this the browser would reconnect for ever.
      source.addEventListener('end', () => (source.close(), setStream('ended')))
    }
    open()
    return () => {
      clearTimeout(timer)
      source.close()
    }
  }, [path])
  return { events, stream }
}
