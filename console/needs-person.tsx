/** What cannot go on without a person, on top of everything: which release, where, what it waits for and until when. */
import type { Release } from '../schema/release.ts'
import type { EnvironmentView } from '../schema/service.ts'
import { serviceHref, subjectHref } from './address.ts'
import { Ago } from './ago.tsx'
import { State } from './state.tsx'

type Turn = EnvironmentView['queue'][number]

/** @param releases those that are read anyway: they say why and since when */
export function NeedsPerson({
  environments,
  releases,
}: {
  readonly environments: readonly EnvironmentView[]
  readonly releases: readonly Release[]
}) {
  const waiting = environments.flatMap(({ service, name, queue }) =>
    queue.filter(needsPerson).map((turn) => ({ service, name, turn, release: releases.find(({ id }) => id === turn.id) })),
  )
  if (waiting.length === 0) return null
  return (
    <section className="needs" aria-labelledby="needs">
      <h2 id="needs">Needs a person</h2>
      <ul>
        {waiting.map(({ service, name, turn, release }) => (
          <li key={`${turn.id} ${name}`}>
            <a href={subjectHref(turn.id)}>{turn.id}</a> <State state={turn.state} /> {turn.version} in{' '}
            <a href={serviceHref(service)}>
              {service} {name}
            </a>
            {release?.phaseSince && (
              <span className="quiet">
                {' '}
                · <Ago at={release.phaseSince} />
              </span>
            )}
            {release?.waitsFor && <p className="quiet">waits for {release.waitsFor}</p>}
            {release?.until && (
              <p>
                <Ago at={release.until.at} />: {release.until.next}
              </p>
            )}
            {release?.reason && <p className="quiet">{release.reason.detail}</p>}
          </li>
        ))}
      </ul>
    </section>
  )
}

/** A queued one waits for another release, not for somebody. */
const needsPerson = ({ state, phase }: Turn): boolean =>
  state === 'held' || state === 'paused' || state === 'needs-operator' || phase === 'gated'
