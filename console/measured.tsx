/** Requests and errors of both versions as numbers, and their error rates over time. */
import { useMemo } from 'react'
import type { LivenessEvidence } from '../domain/analysis/liveness.ts'
import type { LookRow } from '../domain/analysis/look-row.ts'
import type { Release } from '../schema/release.ts'
import type { Line, Scale } from './chart.tsx'
import { Chart } from './chart.tsx'

export interface Counts {
  readonly bad: number
  readonly total: number
}

interface Props {
  readonly release: Pick<Release, 'canary' | 'stable'>
  /** The name of each version's role: in a rollback neither is a canary. */
  readonly roles: Roles
  /** Sums so far; null without that version. */
  readonly canary: Counts | null
  readonly stable: Counts | null
  readonly looks: readonly LookRow[]
  /** What is still missing for a pass. */
  readonly toPass: string | null
  /** Sentences on evidence that is weaker than it looks. */
  readonly cautions: readonly string[]
  /** What the target says of the replicas in this step; null when it does not answer. */
  readonly replicas: { readonly canary: Replicas | null; readonly stable: Replicas | null } | null
}

type Replicas = Pick<LivenessEvidence, 'exits' | 'how' | 'lines' | 'deadSinceMs'>

export interface Roles {
  readonly canary: string
  readonly stable: string
}

/** There is no line for a version that does not exist. */
const linesOf = (canary: string, stable: string | null): readonly Line[] => [
  { label: canary, colour: '--accent', style: 'line' },
  ...(stable === null ? [] : [{ label: stable, colour: '--quiet', style: 'dashed' } as const]),
]

const scale: Scale = {
  range: (_, max) => [0, Math.max(1, max * 1.1)],
  text: (percent) => `${Number(percent.toFixed(2))} %`,
}

export function Measured({ release, roles, canary, stable, looks, toPass, cautions, replicas }: Props) {
  const rows = [
    { role: roles.canary, version: release.canary.version, counts: canary },
    { role: roles.stable, version: release.stable?.version ?? '', counts: release.stable ? stable : null },
  ].flatMap(({ counts, ...row }) => (counts ? [{ ...row, counts }] : []))
  const stableRole = release.stable ? roles.stable : null
  // A new array would draw the chart anew at every read.
  const lines = useMemo(() => linesOf(roles.canary, stableRole), [roles.canary, stableRole])
  const hasRates = looks.length > 1 && looks.some(({ canaryRate, stableRate }) => canaryRate !== null || stableRate !== null)
  return (
    <section aria-labelledby="measured">
      <h2 id="measured">Requests and errors</h2>
      {rows.length > 0 && <CountsTable rows={rows} />}
      <Exits version={release.canary.version} replicas={replicas?.canary ?? null} />
      {release.stable && <Exits version={release.stable.version} replicas={replicas?.stable ?? null} />}
      {toPass !== null && (
        <p>
          <strong>To a pass</strong>: {toPass}
        </p>
      )}
      {cautions.map((caution) => (
        <p key={caution} className="caution">
          {caution}
        </p>
      ))}
      {hasRates && (
        <figure>
          <figcaption>Error rate, over all looks that counted</figcaption>
          <Chart
            label={`Error rates. ${rows.map(({ role, counts }) => `${role}: ${counts.total === 0 ? 'no requests' : rateText(counts)}`).join(', ')}`}
            lines={lines}
            scale={scale}
            atMs={looks.map(({ atMs }) => atMs)}
            values={[
              looks.map((row) => percent(row.canaryRate)),
              ...(stableRole === null ? [] : [looks.map((row) => percent(row.stableRate))]),
            ]}
          />
        </figure>
      )}
    </section>
  )
}

interface CountsRow {
  readonly role: string
  readonly version: string
  readonly counts: Counts
}

function CountsTable({ rows }: { readonly rows: readonly CountsRow[] }) {
  return (
    <table className="counts">
      <thead>
        <tr>
          <th scope="col">Version</th>
          <th scope="col">Requests</th>
          <th scope="col">Errors</th>
          <th scope="col">Rate</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ role, version, counts }) => (
          <tr key={role}>
            <th scope="row">
              {version} <span className="quiet">{role}</span>
            </th>
            <td>{counts.total.toLocaleString()}</td>
            <td>{counts.bad.toLocaleString()}</td>
            <td>{rateText(counts)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const percent = (rate: number | null): number | null => (rate === null ? null : 100 * rate)

const rateText = ({ bad, total }: Counts): string => (total === 0 ? '–' : `${((100 * bad) / total).toFixed(2)}\u00a0%`)

/** Replicas that ended by themselves, with the last lines of the newest one. */
function Exits({ version, replicas }: { readonly version: string; readonly replicas: Replicas | null }) {
  if (!replicas || (replicas.exits === 0 && replicas.deadSinceMs === null)) return null
  const { exits, how, lines: output, deadSinceMs } = replicas
  const ended = exits > 0 ? `ended by itself ${exits} ${exits === 1 ? 'time' : 'times'}${how ? ` (${how})` : ''}` : ''
  return (
    <>
      <p className="reason">
        <strong>Replicas of {version}</strong>:{' '}
        {[ended, deadSinceMs === null ? '' : 'none is healthy now'].filter(Boolean).join('; ')}
      </p>
      {output.length > 0 && (
        <figure className="last-output">
          <figcaption className="quiet">The last one printed last:</figcaption>
          <pre tabIndex={0} aria-label={`Last lines of ${version} before it ended`}>
            {output.join('\n')}
          </pre>
        </figure>
      )}
    </>
  )
}
