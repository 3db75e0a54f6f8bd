/** One service: its environments in order, its owners, and its releases and rollbacks. */
import { History, ReleaseList } from '../schema/release.ts'
import { ServiceDetail } from '../schema/service.ts'
import { Ago } from './ago.tsx'
import { EnvironmentCard } from './environment-card.tsx'
import { releasesHref } from './filter.ts'
import { NeedsPerson } from './needs-person.tsx'
import { Notice } from './notice.tsx'
import { ReleasesTable } from './releases-table.tsx'
import { StartActions } from './start-actions.tsx'
import { useRead } from './use-read.ts'

const pollMs = 2_000

export function ServicePage({ name }: { readonly name: string }) {
  const segment = encodeURIComponent(name)
  const service = useRead(ServiceDetail, `/v1/services/${segment}`, pollMs)
  const releases = useRead(ReleaseList, `/v1/releases?service=${segment}&limit=20`, pollMs)
  const history = useRead(History, `/v1/services/${segment}/history?limit=20`, pollMs)
  const failed = service.error ?? releases.error ?? history.error
  return (
    <>
      <h1>{name}</h1>
      {failed !== null && <Notice error={failed} />}
      {service.data && (
        <>
          <p className="quiet">
            {service.data.owners.length > 0 && `Owned by ${service.data.owners.join(', ')} · `}declared{' '}
            <Ago at={service.data.updatedAt} />
          </p>
          <NeedsPerson service={name} />
          <StartActions service={name} environments={service.data.environments} releases={releases.data?.items ?? []} />
          <h2>Environments</h2>
          <div className="cards">
            {service.data.environments.map((environment) => (
              <EnvironmentCard key={environment.name} environment={environment} />
            ))}
          </div>
        </>
      )}
      {service.data && history.data && (
        <>
          <h2 className="beside">
            Releases and rollbacks <a href={releasesHref({ service: name })}>all releases</a>
          </h2>
          {history.data.items.length === 0 ? (
            <p className="quiet">None yet.</p>
          ) : (
            <ReleasesTable releases={history.data.items} label="Releases and rollbacks" />
          )}
        </>
      )}
      {!service.data && failed === null && <p className="quiet">Loading</p>}
    </>
  )
}
