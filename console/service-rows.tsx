/** Services as rows, and environments as columns in the order in which a release visits them. */
import type { CSSProperties } from 'react'
import type { EnvironmentView } from '../schema/service.ts'
import { serviceHref } from './address.ts'
import { columnsOf } from './columns.ts'
import { EnvironmentCard } from './environment-card.tsx'

export interface ServiceRow {
  readonly name: string
  readonly owners: readonly string[]
  readonly environments: readonly EnvironmentView[]
}

/** Every service has a cell in every column, an empty one where it has no such environment. */
export function ServiceRows({ services }: { readonly services: readonly ServiceRow[] }) {
  const columns = columnsOf(services)
  return (
    // All rows scroll together, so that their columns stay aligned.
    <section
      className={`grid scroll${columns.length > 3 ? ' wide' : ''}`}
      aria-label="Services and environments"
      tabIndex={0}
      style={{ '--columns': columns.length } as CSSProperties}
    >
      {services.map(({ name, owners, environments }) => (
        <section key={name} aria-label={name}>
          <div>
            <h2>
              <a href={serviceHref(name)}>{name}</a>
            </h2>
            {owners.length > 0 && <p className="quiet">{owners.join(', ')}</p>}
          </div>
          {columns.map((column) => {
            const environment = environments.find((one) => one.name === column)
            return environment ? (
              <EnvironmentCard key={column} environment={environment} />
            ) : (
              <div key={column} className="none" />
            )
          })}
        </section>
      ))}
    </section>
  )
}
