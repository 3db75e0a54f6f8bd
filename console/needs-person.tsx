/** Releases and rollbacks that wait for a person, on top of the page: where, what for and until when. */
import type { Release, Rollback } from '../schema/release.ts'
import { ReleaseList, RollbackList } from '../schema/release.ts'
import { serviceHref, subjectHref } from './address.ts'
import { Ago } from './ago.tsx'
import { Linked } from './linked.tsx'
import { State } from './state.tsx'
import { useRead } from './use-read.ts'
import { Waits } from './waits.tsx'

const pollMs = 3_000
const states = 'waiting,paused,held,needs-operator'

/** Reads its own list, because a waiting release may be older than all releases that a page shows. @param service null: all services */
export function NeedsPerson({ service }: { readonly service: string | null }) {
  const query = `?state=${states}&limit=200${service === null ? '' : `&service=${encodeURIComponent(service)}`}`
  const releases = useRead(ReleaseList, `/v1/releases${query}`, pollMs)
  const rollbacks = useRead(RollbackList, `/v1/rollbacks${query}`, pollMs)
  const waiting = [...(releases.data?.items ?? []), ...(rollbacks.data?.items ?? [])].filter(needsPerson)
  // Queued releases wait too. So even where none of those read needs a person, one of the others may.
  const cut = [
    ...(releases.data?.nextCursor == null ? [] : (['release'] as const)),
    ...(rollbacks.data?.nextCursor == null ? [] : (['rollback'] as const)),
  ]
  if (waiting.length === 0 && cut.length === 0) return null
  return (
    <section className="needs" aria-labelledby="needs">
      <h2 id="needs">Needs a person</h2>
      {waiting.length > 0 && (
        <ul>
          {waiting.toSorted(soonestFirst).map((one) => (
            <li key={one.id}>
              <a href={subjectHref(one.kind, one.id)}>{one.id}</a> <State state={one.state} /> {one.version} in{' '}
              <a href={serviceHref(one.service)}>
                {one.service} {one.environment}
              </a>
              {one.phaseSince && (
                <span className="quiet">
                  {' '}
                  · <Ago at={one.phaseSince} />
                </span>
              )}
              <p>
                <Waits of={one} />
              </p>
              {one.reason && (
                <p className="quiet clip">
                  <Linked text={one.reason.detail} service={one.service} />
                </p>
              )}
            </li>
          ))}
        </ul>
      )}
      {cut.map((kind) => (
        <p className="quiet" key={kind}>
          Not every {kind} that waits is read here:{' '}
          <code>
            holdfast {kind} list {service === null ? '' : `${service} `}--state {states}
          </code>{' '}
          shows all.
        </p>
      ))}
    </section>
  )
}

/** A queued release waits for another release, not for a person. */
const needsPerson = ({ state, phase }: Release | Rollback): boolean =>
  state === 'held' || state === 'paused' || state === 'needs-operator' || phase === 'gated'

/** Failed reverts come first, then the releases that are reverted by themselves soonest. */
const soonestFirst = (a: Release | Rollback, b: Release | Rollback): number => dueMs(a) - dueMs(b)
const dueMs = ({ state, until }: Release | Rollback): number =>
  state === 'needs-operator' ? 0 : until ? Date.parse(until.at) : Number.MAX_SAFE_INTEGER
