/** Releases, newest first, as rows that link to their pages. */
import type { Release } from '../schema/release.ts'
import { subjectHref } from './address.ts'
import { Ago } from './ago.tsx'
import { State } from './state.tsx'

const columns = ['Release', 'Version', 'State', 'Weight', 'By', 'Created']

interface Props {
  readonly releases: readonly Release[]
  readonly label?: string
  /** What is said where there is none. */
  readonly none?: string
}

export function ReleasesTable({
  releases,
  label = 'Latest releases',
  none = "None yet: 'holdfast release start' makes one.",
}: Props) {
  if (releases.length === 0) return <p className="quiet">{none}</p>
  return (
    // A region that scrolls must be reachable by keyboard.
    <section className="scroll" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {releases.map((release) => (
            <tr key={release.id}>
              <th scope="row">
                <a href={subjectHref(release.id)}>{release.id}</a>
              </th>
              <td>{release.version}</td>
              <td>
                <State state={release.state} />
              </td>
              <td>{release.phase === null ? '' : `${release.weightPercent} %`}</td>
              <td>{release.requestedBy.id}</td>
              <td>
                <Ago at={release.createdAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
