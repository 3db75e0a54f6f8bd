/** All services with what is stable and what is in flight, and the latest releases. */
import type { Release } from '../schema/release.ts'
import type { EnvironmentView } from '../schema/service.ts'
import { serviceHref } from './address.ts'
import { EnvironmentCard } from './environment-card.tsx'
import { Notice } from './notice.tsx'
import { ReleasesTable } from './releases-table.tsx'
import { useRead } from './use-read.ts'

interface Service {
  readonly name: string
  readonly environments: readonly EnvironmentView[]
}

const pollMs = 2_000

export function ServicesPage() {
  const services = useRead<{ items: readonly Service[] }>('/v1/services', pollMs)
  const releases = useRead<{ items: readonly Release[] }>('/v1/releases?limit=20', pollMs)
  const failed = services.error ?? releases.error
  return (
    <>
      <h1>Services</h1>
      {failed !== null && <Notice error={failed} />}
      {services.data?.items.length === 0 && (
        <p className="quiet">None yet: 'holdfast init' and 'holdfast service apply' make one.</p>
      )}
      {services.data?.items.map(({ name, environments }) => (
        <section key={name} aria-label={name}>
          <h2>
            <a href={serviceHref(name)}>{name}</a>
          </h2>
          <div className="cards">
            {environments.map((environment) => (
              <EnvironmentCard key={environment.name} environment={environment} />
            ))}
          </div>
        </section>
      ))}
      {releases.data && (
        <>
          <h2>Latest releases</h2>
          <ReleasesTable releases={releases.data.items} />
        </>
      )}
    </>
  )
}
