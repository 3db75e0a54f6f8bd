/** All services with what is stable and what is in flight, and the latest releases. */
import type { Release } from '../schema/release.ts'
import { Notice } from './notice.tsx'
import { State } from './state.tsx'
import { useRead } from './use-read.ts'

interface Environment {
  readonly name: string
  readonly stable: { readonly version: string } | null
  readonly queue: readonly {
    readonly id: string
    readonly version: string
    readonly state: string
    readonly weightPercent: number
  }[]
  readonly traffic: { readonly url: string } | null
}

interface Service {
  readonly name: string
  readonly environments: readonly Environment[]
}

const pollMs = 2_000

export function ServicesPage() {
  const services = useRead<{ items: readonly Service[] }>('/v1/services', pollMs)
  const releases = useRead<{ items: readonly Release[] }>('/v1/releases?limit=20', pollMs)
  const failed = services.error ?? releases.error
  return (
    <>
      {failed !== null && <Notice error={failed} />}
      <h1>Services</h1>
      {services.data?.items.length === 0 && (
        <p className="quiet">None yet: 'holdfast init' and 'holdfast service apply' make one.</p>
      )}
      <div className="cards">
        {services.data?.items.flatMap((service) =>
          service.environments.map((environment) => (
            <Card key={`${service.name}/${environment.name}`} service={service.name} environment={environment} />
          )),
        )}
      </div>
      <h2>Latest releases</h2>
      <div className="scroll">
        <table>
          <thead>
            <tr>
              {['Release', 'Version', 'State', 'Weight', 'By', 'Created'].map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {releases.data?.items.map((release) => (
              <tr key={release.id}>
                <td>
                  <a href={hashOf(release.id)}>{release.id}</a>
                </td>
                <td>{release.version}</td>
                <td>
                  <State state={release.state} />
                </td>
                <td>{release.phase === null ? '' : `${release.weightPercent} %`}</td>
                <td>{release.requestedBy.id}</td>
                <td>{new Date(release.createdAt).toLocaleString()}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}

/** A rollback's id has slashes. */
const hashOf = (id: string): string => `#/${id.includes('/') ? 'rollbacks' : 'releases'}/${encodeURIComponent(id)}`

function Card({ service, environment }: { readonly service: string; readonly environment: Environment }) {
  return (
    <section className="card" aria-label={`${service} in ${environment.name}`}>
      <h3>{service}</h3>
      <p className="quiet">{environment.name}</p>
      <p className="big">{environment.stable?.version ?? 'no version yet'}</p>
      {environment.queue.map((turn) => (
        <p key={turn.id}>
          <a href={hashOf(turn.id)}>{turn.version}</a> <State state={turn.state} />{' '}
          {turn.weightPercent > 0 && `${turn.weightPercent} %`}
        </p>
      ))}
      {environment.traffic && (
        <p className="quiet">
          <a href={environment.traffic.url}>{environment.traffic.url}</a>
        </p>
      )}
    </section>
  )
}
