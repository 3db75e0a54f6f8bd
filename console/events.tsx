/** What happened, as it happens: the API's events, resumed by the browser where the stream broke. */
import { useEffect, useState } from 'react'

interface Happened {
  readonly seq: number
  readonly kind: string
  readonly at: string
  readonly actor: { readonly kind: string; readonly id: string }
  readonly data: Readonly<Record<string, unknown>>
}

export function Events({ path }: { readonly path: string }) {
  const [events, setEvents] = useState<readonly Happened[]>([])
  useEffect(() => {
    const source = new EventSource(`${path}/events`)
    source.onmessage = ({ data }: MessageEvent<string>) => {
      const event = JSON.parse(data) as Happened
      setEvents((known) => (known.some(({ seq }) => seq === event.seq) ? known : [...known, event]))
    }
    // The stream ends with the release: without this the browser would ask for it for ever.
    source.addEventListener('end', () => source.close())
    return () => source.close()
  }, [path])
  return (
    <ol className="events" aria-live="polite">
      {events.toReversed().map(({ seq, kind, at, actor, data }) => (
        <li key={seq}>
          <time dateTime={at}>{new Date(at).toLocaleTimeString()}</time> <strong>{kind.replaceAll('-', ' ')}</strong>{' '}
          {detail(data)}
          {actor.kind !== 'system' && <span className="quiet"> by {actor.id}</span>}
        </li>
      ))}
    </ol>
  )
}

/** The part of an event's data that people want. */
function detail(data: Happened['data']): string {
  const shown = ['version', 'weight', 'verdict', 'request', 'outcome', 'detail'].flatMap((name) => {
    const value = data[name]
    if (typeof value !== 'string' && typeof value !== 'number') return []
    return [name === 'weight' ? `${value} %` : String(value)]
  })
  return shown.join(' · ')
}
