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
      {traffic ? <Split traffic={traffic} /> : <p className="warn">The traffic cannot be read now.</p>}
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
