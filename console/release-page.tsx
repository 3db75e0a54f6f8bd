/** One release, live: where it is, what it waits for, what was counted, what may be asked, and what happened. */
import type { Release } from '../schema/release.ts'
import { Actions } from './actions.tsx'
import type { Look } from './evidence-chart.tsx'
import { EvidenceChart } from './evidence-chart.tsx'
import { Events } from './events.tsx'
import { Notice } from './notice.tsx'
import { State } from './state.tsx'
import { useRead } from './use-read.ts'

interface Counts {
  readonly bad: number
  readonly total: number
}

interface Analysis {
  readonly canary: Counts | null
  readonly stable: Counts | null
  readonly logE: number
  readonly logLimit: number
  readonly standing: string
}

const pollMs = 1_000

/** @param path of the release or rollback in the API */
export function ReleasePage({ path }: { readonly path: string }) {
  const { data: release, error } = useRead<Release>(path, pollMs)
  const looks = useRead<{ items: readonly { row: Look }[] }>(`${path}/looks`, pollMs * 2)
  if (!release) return error === null ? <p className="quiet">Loading</p> : <Notice error={error} />
  const analysis = release.analysis as Analysis | null
  return (
    <>
      {error !== null && <Notice error={error} />}
      <p className="quiet">
        {release.service}
        {release.environment && ` in ${release.environment}`}
      </p>
      <h1>
        {release.id} <State state={release.state} /> {release.stuck && <span className="badge bad">stuck</span>}
      </h1>
      <p aria-live="polite">
        Version {release.version}
        {release.phase && `, ${release.phase} at ${release.weightPercent} % of traffic`}
        {release.waitsFor && `. It waits: ${release.waitsFor}`}
      </p>
      {release.reason && (
        <p className="reason">
          {release.reason.code}: {release.reason.detail}
        </p>
      )}
      <Track release={release} />
      <Actions path={path} legal={release.legalRequests} />
      {analysis && <Measured release={release} analysis={analysis} />}
      <EvidenceChart looks={looks.data?.items.map(({ row }) => row) ?? []} />
      <h2>Events</h2>
      <Events path={path} />
      {release.links.temporal && (
        <p className="quiet">
          <a href={release.links.temporal}>Its workflow in Temporal</a>
        </p>
      )}
    </>
  )
}

/** The strategy's weights in order, promotion last. */
function Track({ release }: { readonly release: Release }) {
  const promoted = release.state === 'succeeded' || release.state === 'watching'
  const steps = [...release.moves.map(({ weight, gate }) => ({ label: `${weight} %`, gate })), { label: '100 %', gate: null }]
  return (
    <ol className="track" aria-label="Steps">
      {steps.map(({ label, gate }, index) => {
        const isDone = promoted || index < release.move
        const isNow = !promoted && release.outcome === null && index === release.move
        return (
          <li key={label} className={isDone ? 'done' : isNow ? 'now' : ''} aria-current={isNow ? 'step' : undefined}>
            {label}
            {gate && <small> gate</small>}
          </li>
        )
      })}
    </ol>
  )
}

function Measured({ release, analysis }: { readonly release: Release; readonly analysis: Analysis }) {
  const rows = [
    { label: `canary ${release.canary.version}`, counts: analysis.canary },
    { label: `stable ${release.stable?.version ?? ''}`, counts: analysis.stable },
  ]
  return (
    <>
      <h2>Requests and errors</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Version</th>
            <th scope="col">Requests</th>
            <th scope="col">Errors</th>
            <th scope="col">Rate</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(
            ({ label, counts }) =>
              counts && (
                <tr key={label}>
                  <th scope="row">{label}</th>
                  <td>{counts.total.toLocaleString()}</td>
                  <td>{counts.bad.toLocaleString()}</td>
                  <td>{counts.total === 0 ? '' : `${((100 * counts.bad) / counts.total).toFixed(2)} %`}</td>
                </tr>
              ),
          )}
        </tbody>
      </table>
      <p>
        Evidence against the canary: E = {number(Math.exp(analysis.logE))} of {number(Math.exp(analysis.logLimit))}. It goes back
        when the limit is reached.
      </p>
    </>
  )
}

const number = (value: number): string => (value >= 1e6 ? value.toExponential(1) : value.toPrecision(3))
