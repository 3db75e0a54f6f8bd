/** All releases, newest first, filtered by the address. */
import { useState } from 'react'
import { ReleaseList } from '../schema/release.ts'
import { ServiceList } from '../schema/service.ts'
import type { Filter } from './filter.ts'
import { queryOf, releasesHref } from './filter.ts'
import { Notice } from './notice.tsx'
import { ReleasesTable } from './releases-table.tsx'
import type { ServiceRow } from './service-rows.tsx'
import { useRead } from './use-read.ts'

const pollMs = 3_000

/** The states to filter by: in progress, waiting for a person, and each outcome. */
const states = [
  ['', 'any state'],
  ['accepted,waiting,progressing,paused,held,watching,needs-operator', 'in progress'],
  ['held,paused,needs-operator', 'needs a person'],
  ['succeeded', 'succeeded'],
  ['rolled-back', 'rolled back'],
  ['aborted', 'aborted'],
  ['superseded', 'superseded'],
] as const

const spans = [
  ['', 'ever'],
  ['1h', 'the last hour'],
  ['24h', 'the last day'],
  ['7d', 'the last week'],
] as const

export function ReleasesPage({ filter }: { readonly filter: Filter }) {
  const query = queryOf(filter)
  const [cursors, setCursors] = useState<readonly string[]>([])
  const cursor = cursors.at(-1)
  const more = cursor === undefined ? '' : `${query === '' ? '?' : '&'}cursor=${encodeURIComponent(cursor)}`
  const { data, error } = useRead(ReleaseList, `/v1/releases${query}${more}`, pollMs)
  const services = useRead(ServiceList, '/v1/services?limit=200', pollMs)
  const next = data?.nextCursor ?? null
  return (
    <>
      <h1>Releases</h1>
      <Filters filter={filter} services={services.data?.items ?? []} />
      {error !== null && <Notice error={error} />}
      {data && data.items.length > 0 && <ReleasesTable releases={data.items} label="Releases" />}
      {data && data.items.length === 0 && (
        <p className="quiet">
          {query === '' ? (
            <>
              None yet: <code>holdfast release start</code> starts one, and so does the page of a service.
            </>
          ) : (
            <>
              None that fit. <a href={releasesHref()}>Show all</a>
            </>
          )}
        </p>
      )}
      {!data && error === null && <p className="quiet">Loading</p>}
      <div className="buttons" role="group" aria-label="Pages">
        {cursors.length > 0 && (
          <button type="button" onClick={() => setCursors(cursors.slice(0, -1))}>
            Newer
          </button>
        )}
        {next !== null && (
          <button type="button" onClick={() => setCursors([...cursors, next])}>
            Older
          </button>
        )}
      </div>
    </>
  )
}

type Option = readonly [value: string, text: string]

interface FiltersProps {
  readonly filter: Filter
  readonly services: readonly ServiceRow[]
}

function Filters({ filter, services }: FiltersProps) {
  const environments = services
    .filter(({ name }) => filter.service === '' || name === filter.service)
    .flatMap((service) => service.environments.map(({ name }) => name))
  const named = (all: string, values: readonly string[]): readonly Option[] => [
    ['', all],
    ...[...new Set(values)].toSorted().map((value): Option => [value, value]),
  ]
  const rows = [
    ['service', 'Service', named('every service', [...services.map(({ name }) => name), filter.service].filter(Boolean))],
    ['environment', 'Environment', named('every environment', [...environments, filter.environment].filter(Boolean))],
    ['state', 'State', states],
    ['since', 'Begun in', spans],
  ] as const
  return (
    <form className="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      {rows.map(([name, label, options]) => (
        <label key={name}>
          {label}
          <select
            value={filter[name]}
            onChange={(event) => (location.hash = releasesHref({ ...filter, [name]: event.target.value }))}
          >
            {options.map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        </label>
      ))}
    </form>
  )
}
