/** One release or rollback, live: where it is, what it waits for, what was counted, what may be asked, and what happened. */
import type { Release, Rollback } from '../schema/release.ts'
import { Actions } from './actions.tsx'
import { serviceHref, subjectHref } from './address.ts'
import { EvidenceChart } from './evidence-chart.tsx'
import { Events } from './events.tsx'
import { Logs } from './logs.tsx'
import { Measured } from './measured.tsx'
import { Notice } from './notice.tsx'
import { Ago } from './ago.tsx'
import { State } from './state.tsx'
import { Track } from './track.tsx'
import { useLooks } from './use-looks.ts'
import { useRead } from './use-read.ts'

const pollMs = 1_000

/** @param path of the release or rollback in the API */
export function ReleasePage({ path }: { readonly path: string }) {
  const { data: release, error } = useRead<Release | Rollback>(path, pollMs)
  const looks = useLooks(path, pollMs)
  if (!release) return error === null ? <p className="quiet">Loading</p> : <Notice error={error} />
  const { analysis } = release
  const rows = looks.flatMap(({ environment, row }) => (environment === release.environment ? [row] : []))
  return (
    <>
      {error !== null && <Notice error={error} />}
      <Head release={release} />
      <Track release={release} />
      <Actions path={path} release={release} />
      {analysis && (
        <Measured
          release={release}
          roles={'release' in release ? { canary: 'brought back', stable: 'replaced' } : { canary: 'canary', stable: 'stable' }}
          canary={analysis.canary ?? null}
          stable={analysis.stable ?? null}
          looks={rows}
          toPass={release.phase === 'baking' ? (analysis.toPass?.text ?? null) : null}
          cautions={analysis.evidence?.cautions ?? []}
          replicas={analysis.evidence?.replicas ?? null}
        />
      )}
      {rows.length > 1 && (
        <section aria-labelledby="evidence">
          <h2 id="evidence">Evidence against {release.canary.version}</h2>
          <p className="quiet">It goes back by itself when E or the guardrail reaches its limit.</p>
          <EvidenceChart looks={rows} />
        </section>
      )}
      {release.environment && <Logs service={release.service} environment={release.environment} version={release.version} />}
      <Events path={path} />
      {release.links.temporal && (
        <p>
          <a href={release.links.temporal}>Its workflow in Temporal</a>
        </p>
      )}
    </>
  )
}

function Head({ release }: { readonly release: Release | Rollback }) {
  const { service, environment, state, stuck, reason, note, requestedBy, createdAt } = release
  return (
    <>
      <p className="quiet">
        <a href={serviceHref(service)}>{service}</a>
        {environment && ` in ${environment}`}
      </p>
      <h1>
        {release.id} <State state={state} /> {stuck && <span className="badge bad">stuck</span>}
      </h1>
      <p aria-live="polite" aria-atomic="true">
        {whereabouts(release)}
      </p>
      {reason && (
        <p className={isUndecided(reason.code) ? 'reason undecided' : 'reason'}>
          <strong>{reason.code.replaceAll('-', ' ')}</strong>: {reason.detail}
          {reason.hint && <small className="quiet"> {reason.hint}</small>}
        </p>
      )}
      <p className="quiet">
        Asked for by {requestedBy.id} <Ago at={createdAt} />
        {note && `: ${note}`}
        {'retryOf' in release && release.retryOf && (
          <>
            {' '}
            · retry of <a href={subjectHref(release.retryOf)}>{release.retryOf}</a>
          </>
        )}
      </p>
    </>
  )
}

/** Amber, not red: nothing was shown to be bad. */
const isUndecided = (code: string): boolean => ['inconclusive', 'both-bad', 'split-broken', 'blind', 'max-hold'].includes(code)

/** Where it is and what it waits for, as sentences: what is spoken when it changes. */
function whereabouts({ version, state, phase, weightPercent, stable, waitsFor }: Release | Rollback): string {
  const beside = stable && phase !== null ? ` beside ${stable.version}` : ''
  const where = phase === null ? state.replaceAll('-', ' ') : `${phase.replaceAll('-', ' ')} at ${weightPercent} % of traffic`
  return `Version ${version}${beside}: ${where}.${waitsFor ? ` It waits for: ${waitsFor}.` : ''}`
}
