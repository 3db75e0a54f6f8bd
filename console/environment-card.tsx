/** One environment of a service: its stable version, the present split of traffic, the replicas, and the queue. */
import type { EnvironmentView } from '../schema/service.ts'
import { subjectHref } from './address.ts'
import { Ago } from './ago.tsx'
import { State } from './state.tsx'
import { isUndecided, isWanted } from '../domain/events/sentence.ts'

export function EnvironmentCard({ environment }: { readonly environment: EnvironmentView }) {
  const { name, service, strategy, stable, queue, queueMore, traffic } = environment
  return (
    <section className="card" aria-label={`${service} in ${name}`}>
      <h3>{name}</h3>
      <p className="quiet">strategy: {strategy}</p>
      <p className="big">{stable ? stable.version : <span className="quiet">no version yet</span>}</p>
      {stable?.since && (
        <p className="quiet">
          became stable <Ago at={stable.since} />
          {stable.release && (
            <>
              {' '}
              by <a href={subjectHref('release', stable.release)}>{stable.release}</a>
            </>
          )}
        </p>
      )}
      {!stable && environment.last && <First last={environment.last} />}
      {traffic ? <Split traffic={traffic} /> : <p className="warn">The traffic cannot be read now.</p>}
      {environment.replicas ? (
        <Replicas replicas={environment.replicas} />
      ) : (
        <p className="warn">The replicas cannot be read now.</p>
      )}
      {queue.length > 0 && (
        <ul className="queue" aria-label="In flight and waiting">
          {queue.map((turn) => (
            <li key={`${turn.subjectKind}:${turn.id}`}>
              <a href={subjectHref(turn.subjectKind, turn.id)}>
                {turn.kind === 'rollback' && 'back to '}
                {turn.version}
              </a>{' '}
              <State state={turn.state} />{' '}
              {turn.phase !== turn.state && <span className="quiet">{turn.phase.replaceAll('-', ' ')}</span>}
            </li>
          ))}
          {queueMore > 0 && <li className="quiet">and {queueMore.toLocaleString('en-US')} more</li>}
        </ul>
      )}
      {traffic && Object.values(traffic.effective).some((weight) => weight > 0) && (
        <p className="quiet">
          <a href={traffic.url}>{traffic.url}</a>
        </p>
      )}
    </section>
  )
}

/** Why no version is stable here yet. */
function First({ last: { subjectKind, id, version, outcome, reason } }: { readonly last: NonNullable<EnvironmentView['last']> }) {
  const tone = isWanted(reason?.code) ? 'quiet' : isUndecided(reason?.code) ? 'warn' : 'bad'
  return (
    <p className={`${tone} clip`}>
      <a href={subjectHref(subjectKind, id)}>{version}</a> {outcome.replaceAll('-', ' ')}
      {reason && `: ${reason.detail}`}
    </p>
  )
}

/** How many replicas of each version are ready, and what is wrong. */
function Replicas({ replicas }: { readonly replicas: NonNullable<EnvironmentView['replicas']> }) {
  const running = replicas.filter(({ wanted, ready, exits }) => wanted + ready + exits > 0)
  if (running.length === 0) return null
  return (
    <ul className="queue" aria-label="Replicas">
      {running.map(({ revision, version, ready, wanted, detail, exits, lastExit }) => {
        const isShort = ready < wanted
        // The detail of a replica that ended is how it ended, which is shown with its exits.
        const why = isShort && detail !== lastExit?.how ? ` (${detail})` : ''
        return (
          <li key={revision}>
            {version}:{' '}
            <span className={isShort ? 'warn' : 'quiet'}>
              {ready} of {wanted} ready{why}
            </span>
            {exits > 0 && (
              <span className="warn">
                , ended by itself {exits} {exits === 1 ? 'time' : 'times'}
                {lastExit && (
                  <>
                    {' '}
                    ({lastExit.how}, <Ago at={lastExit.at} />)
                  </>
                )}
              </span>
            )}
          </li>
        )
      })}
    </ul>
  )
}

type Traffic = NonNullable<EnvironmentView['traffic']>

/** The weights in effect, and the desired ones beside them while they differ. */
function Split({ traffic: { effective, desired, versions } }: { readonly traffic: Traffic }) {
  const revisions = Object.keys({ ...effective, ...desired }).filter((one) => (effective[one] ?? 0) + (desired[one] ?? 0) > 0)
  if (revisions.length === 0) return null
  return (
    <ul className="split" aria-label="Traffic">
      {revisions.map((revision) => {
        const weight = effective[revision] ?? 0
        const wanted = desired[revision] ?? 0
        return (
          <li key={revision}>
            <span>{versions[revision] ?? revision}</span>
            <span>
              {weight} %{wanted !== weight && <span className="warn">, desired {wanted} %</span>}
            </span>
            <svg className="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
              <rect width={weight} height={8} />
            </svg>
          </li>
        )
      })}
    </ul>
  )
}
