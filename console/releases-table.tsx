/**
 * Releases, or the history of a service with its rollbacks, newest first, as rows that link to their pages. On a telephone, each row takes
 * two lines.
 */
import type { HistoryItem, Release } from '../schema/release.ts'
import { serviceHref, subjectHref } from './address.ts'
import { Ago } from './ago.tsx'
import { State } from './state.tsx'

const columns = ['Release', 'Version', 'Environment', 'State', 'By', 'Created'] as const

type Item = Pick<HistoryItem, 'kind'> &
  Pick<Release, 'id' | 'version' | 'environment' | 'state' | 'reason' | 'requestedBy' | 'createdAt'> &
  Partial<Pick<Release, 'service' | 'environments' | 'phase' | 'weightPercent'>>

interface Props {
  readonly releases: readonly Item[]
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
            <Row key={`${release.kind}:${release.id}`} release={release} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Row({ release }: { readonly release: Item }) {
  const { kind, id, service, version, environment, environments, state, reason, requestedBy, createdAt } = release
  const shown = environment ?? environments?.[0]
  return (
    <tr>
      <th scope="row">
        <a href={subjectHref(kind, id)}>{id}</a>
      </th>
      <td>{kind === 'rollback' ? `back to ${version}` : version}</td>
      <td>{service ? <a href={serviceHref(service)}>{shown}</a> : shown}</td>
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

/** The text beside the state: the phase while the release is in progress; afterwards the reason, if it says more than the state. */
function standingOf({ state, phase = null, weightPercent = 0, reason }: Item): string {
  if (phase === null) return reason && reason.code !== state ? reason.code.replaceAll('-', ' ') : ''
  const where = phase === state ? '' : phase.replaceAll('-', ' ')
  return [where, weightPercent > 0 ? `at ${weightPercent} %` : ''].filter(Boolean).join(' ')
}
