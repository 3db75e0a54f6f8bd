/** Releases, newest first, as rows that link to their pages; on a telephone each is two lines. */
import type { Release } from '../schema/release.ts'
import { serviceHref, subjectHref } from './address.ts'
import { Ago } from './ago.tsx'
import { State } from './state.tsx'

const columns = ['Release', 'Version', 'Environment', 'State', 'By', 'Created'] as const

interface Props {
  readonly releases: readonly Release[]
  readonly label?: string
}

export function ReleasesTable({ releases, label = 'Latest releases' }: Props) {
  return (
    // A region that scrolls must be reachable by keyboard.
    <section className="scroll" aria-label={label} tabIndex={0}>
      <table className="releases">
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
            <Row key={release.id} release={release} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Row({ release }: { readonly release: Release }) {
  const { id, service, version, environment, environments, state, reason, requestedBy, createdAt } = release
  return (
    <tr>
      <th scope="row">
        <a href={subjectHref(id)}>{id}</a>
      </th>
      <td>{version}</td>
      <td>
        <a href={serviceHref(service)}>{environment ?? environments[0]}</a>
      </td>
      <td>
        <State state={state} reason={reason?.code} /> <small className="quiet">{standingOf(release)}</small>
      </td>
      <td>{requestedBy.id}</td>
      <td>
        <Ago at={createdAt} />
      </td>
    </tr>
  )
}

/** Beside the state: where it is while it is under way, and why it ended where that says more than the state does. */
function standingOf({ state, phase, weightPercent, reason }: Release): string {
  if (phase === null) return reason && reason.code !== state ? reason.code.replaceAll('-', ' ') : ''
  const where = phase === state ? '' : phase.replaceAll('-', ' ')
  return [where, weightPercent > 0 ? `at ${weightPercent} %` : ''].filter(Boolean).join(' ')
}
