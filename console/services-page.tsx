/** All services with what is stable and what is in flight, what needs a person first, and the latest releases. */
import type { Release } from '../schema/release.ts'
import { releasesHref } from './filter.ts'
import { NeedsPerson } from './needs-person.tsx'
import { Notice } from './notice.tsx'
import { ReleasesTable } from './releases-table.tsx'
import type { ServiceRow } from './service-rows.tsx'
import { ServiceRows } from './service-rows.tsx'
import { useRead } from './use-read.ts'

const pollMs = 2_000

export function ServicesPage() {
  const services = useRead<{ items: readonly ServiceRow[] }>('/v1/services', pollMs)
  const releases = useRead<{ items: readonly Release[] }>('/v1/releases?limit=20', pollMs)
  const failed = services.error ?? releases.error
  const items = services.data?.items ?? []
  return (
    <>
      <h1>Services</h1>
      {failed !== null && <Notice error={failed} />}
      <NeedsPerson environments={items.flatMap(({ environments }) => environments)} releases={releases.data?.items ?? []} />
      {services.data?.items.length === 0 && (
        <p className="quiet">None yet: 'holdfast init' and 'holdfast service apply' make one.</p>
      )}
      {items.length > 0 && <ServiceRows services={items} />}
      {releases.data && (
        <>
          <h2>
            Latest releases <a href={releasesHref()}>all</a>
          </h2>
          <ReleasesTable releases={releases.data.items} />
        </>
      )}
    </>
  )
}
