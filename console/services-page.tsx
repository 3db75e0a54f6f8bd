/** All releases that wait for a person, all services with what is stable and in flight, and the latest releases. */
import { ReleaseList } from '../schema/release.ts'
import { ServiceList } from '../schema/service.ts'
import { releasesHref } from './filter.ts'
import { NeedsPerson } from './needs-person.tsx'
import { Notice } from './notice.tsx'
import { ReleasesTable } from './releases-table.tsx'
import { ServiceRows } from './service-rows.tsx'
import { useRead } from './use-read.ts'

const pollMs = 2_000

export function ServicesPage() {
  const services = useRead(ServiceList, '/v1/services?limit=100', pollMs)
  const releases = useRead(ReleaseList, '/v1/releases?limit=20', pollMs)
  const failed = services.error ?? releases.error
  const items = services.data?.items ?? []
  return (
    <>
      <h1>Services</h1>
      {failed !== null && <Notice error={failed} />}
      <NeedsPerson service={null} />
      {services.data?.items.length === 0 && (
        <p className="quiet">
          None yet: <code>holdfast init</code> writes a declaration, and <code>holdfast service apply</code> makes a service of
          it.
        </p>
      )}
      {items.length > 0 && <ServiceRows services={items} />}
      {services.data?.nextCursor != null && (
        <p className="quiet">
          These are the first {items.length}: <code>holdfast service list</code> shows all.
        </p>
      )}
      {releases.data && releases.data.items.length > 0 && (
        <>
          <h2 className="beside">
            Latest releases <a href={releasesHref()}>all</a>
          </h2>
          <ReleasesTable releases={releases.data.items} />
        </>
      )}
      {!services.data && failed === null && <p className="quiet">Loading</p>}
    </>
  )
}
