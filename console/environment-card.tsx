/** One environment of a service: what is stable, how traffic is split now, and what is in flight or waits. */
import type { EnvironmentView } from '../schema/service.ts'
import { subjectHref } from './address.ts'
import { Ago } from './ago.tsx'
import { State } from './state.tsx'

/** Links to what is in flight. */
export function EnvironmentCard({ environment }: { readonly environment: EnvironmentView }) {
  const { name, service, strategy, stable, queue, traffic } = environment
  return (
    <section className="card" aria-label={`${service} in ${name}`}>
      <h3>{name}</h3>
      <p className="quiet">{strategy}</p>
      <p className="big">{stable ? stable.version : <span className="quiet">no version yet</span>}</p>
      {stable?.since && (
        <p className="quiet">
          became stable <Ago at={stable.since} />
          {stable.release && (
            <>
              {' '}
              by <a href={subjectHref(stable.release)}>{stable.release}</a>
            </>
          )}
        </p>
      )}
      {!stable && environment.last && (
        <p className="bad">
          <a href={subjectHref(environment.last.id)}>{environment.last.version}</a>{' '}
          {environment.last.outcome.replaceAll('-', ' ')}
          {environment.last.reason && `: ${environment.last.reason.detail}`}
        </p>
      )}
      {traffic ? <Split traffic={traffic} /> : <p className="warn">The traffic cannot be read now.</p>}
      {environment.replicas && <Replicas replicas={environment.replicas} />}
      {queue.length > 0 && (
        <ul className="queue" aria-label="In flight and waiting">
          {queue.map((turn) => (
            <li key={turn.id}>
              <a href={subjectHref(turn.id)}>
                {turn.kind === 'rollback' && 'back to '}
                {turn.version}
              </a>{' '}
              <State state={turn.state} />{' '}
              {turn.phase !== turn.state && <span className="quiet">{turn.phase.replaceAll('-', ' ')}</span>}
            </li>
          ))}
        </ul>
      )}
      {traffic?.url && (
        <p className="quiet">
          <a href={traffic.url}>{traffic.url}</a>
        </p>
      )}
    </section>
  )
}

/** Only what is not as it should be: a version whose replicas are not ready, or ended by themselves. */
function Replicas({ replicas }: { readonly replicas: NonNullable<EnvironmentView['replicas']> }) {
  const amiss = replicas.filter(({ ready, wanted, exits }) => ready < wanted || exits > 0)
  if (amiss.length === 0) return null
  return (
    <ul className="queue" aria-label="Replicas">
      {amiss.map(({ revision, version, ready, wanted, detail, exits, lastExit }) => (
        <li key={revision}>
          {version}: {ready} of {wanted} ready
          {ready < wanted && <span className="warn"> ({detail})</span>}
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
      ))}
    </ul>
  )
}

type Traffic = NonNullable<EnvironmentView['traffic']>

/** What the data plane really does; what was asked beside it while they differ. */
function Split({ traffic: { effective, asked, versions } }: { readonly traffic: Traffic }) {
  const revisions = Object.keys({ ...effective, ...asked }).filter((one) => (effective[one] ?? 0) + (asked[one] ?? 0) > 0)
  if (revisions.length === 0) return null
  return (
    <ul className="split" aria-label="Traffic">
      {revisions.map((revision) => {
        const weight = effective[revision] ?? 0
        const wish = asked[revision] ?? 0
        const version = versions[revision] ?? revision
        return (
          <li key={revision}>
            <span>{version}</span>
            <svg className="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
              <rect width={weight} height={8} />
            </svg>
            <span>
              {weight} %{wish !== weight && <span className="warn">, asked {wish} %</span>}
            </span>
          </li>
        )
      })}
    </ul>
  )
}
