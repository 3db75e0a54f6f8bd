/** What happened, as it happens, newest first: the API's events, resumed by the browser where the stream broke. */
import { useEffect, useState } from 'react'
import type { Happened, Sentence } from './event-sentence.ts'
import { sentenceOf } from './event-sentence.ts'

type Stream = 'open' | 'broken' | 'ended'

/** @param path of the release or rollback in the API */
export function Events({ path }: { readonly path: string }) {
  const { events, stream } = useEvents(path)
  return (
    <section aria-labelledby="events">
      <h2 id="events">Events</h2>
      {stream === 'broken' && <p className="quiet">The stream is interrupted; this page tries again.</p>}
      <ol className="events">
        {toldOnce(events)
          .toReversed()
          .map(({ event, sentence }) => (
            <Event key={event.seq} event={event} sentence={sentence} />
          ))}
      </ol>
    </section>
  )
}

interface Told {
  readonly event: Happened
  readonly sentence: Sentence
}

/** A reason is told where it arose: a failure that a verdict, the way back and two ends have in common is read once. */
function toldOnce(events: readonly Happened[]): readonly Told[] {
  const said = new Set<string>()
  return events.map((event) => {
    const sentence = sentenceOf(event)
    const why = said.has(sentence.why) ? '' : sentence.why
    said.add(sentence.why)
    return { event, sentence: { ...sentence, why } }
  })
}

function Event({ event, sentence: { text, why, tone } }: Told) {
  const at = new Date(event.at)
  return (
    <li className={tone}>
      <time dateTime={event.at} title={at.toLocaleString()}>
        {at.toLocaleTimeString()}
      </time>
      <div>
        <strong>{text}</strong>
        {placeOf(event) && <span className="quiet"> in {placeOf(event)}</span>}
        {event.actor.kind !== 'system' && <span className="quiet"> by {event.actor.id}</span>}
        {why && <p className="quiet">{why}</p>}
      </div>
    </li>
  )
}

/** The environment it happened in; nothing of what happened to the whole of it. */
const placeOf = ({ data }: Happened): string => (typeof data['place'] === 'string' ? (data['place'].split('/')[1] ?? '') : '')

const retryMs = 3_000

/** Events in order, each once. A stream that the browser gives up (an answer that is no stream) is opened again after a while. */
function useEvents(path: string): { readonly events: readonly Happened[]; readonly stream: Stream } {
  const [events, setEvents] = useState<readonly Happened[]>([])
  const [stream, setStream] = useState<Stream>('open')
  useEffect(() => {
    let source: EventSource
    let timer: ReturnType<typeof setTimeout>
    const open = () => {
      source = new EventSource(`${path}/events`)
      source.onopen = () => setStream('open')
      source.onmessage = ({ data }: MessageEvent<string>) => {
        const event = JSON.parse(data) as Happened
        setEvents((known) => (known.some(({ seq }) => seq === event.seq) ? known : [...known, event]))
      }
      source.onerror = () => {
        setStream('broken')
        if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, retryMs)
      }
      // The stream ends with the release: without this the browser would ask for it for ever.
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
