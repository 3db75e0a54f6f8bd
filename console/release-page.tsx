/** One release or rollback, live: its phase, what it waits for, the counts, the legal requests and the events. */
import type { Release, Rollback } from '../schema/release.ts'
import { ReleaseOrRollback } from '../schema/release.ts'
import { Actions } from './actions.tsx'
import { EvidenceChart } from './evidence-chart.tsx'
import { Events } from './events.tsx'
import { Logs } from './logs.tsx'
import type { Roles } from './measured.tsx'
import { Measured } from './measured.tsx'
import { Notice } from './notice.tsx'
import { ReleaseHead } from './release-head.tsx'
import { Track } from './track.tsx'
import { useLooks } from './use-looks.ts'
import { useRead } from './use-read.ts'

const pollMs = 1_000

/** Neither version of a rollback is a canary. A first version is none either: there is no stable version beside it. */
function rolesOf(release: Release | Rollback): Roles {
  if (release.kind === 'rollback') return { canary: 'brought back', stable: 'replaced' }
  return { canary: release.stable ? 'canary' : 'first version', stable: 'stable' }
}

interface Props {
  readonly id: string
  /** The path of the release or rollback in the API. */
  readonly path: string
}

export function ReleasePage({ id, path }: Props) {
  const { data: release, error } = useRead(ReleaseOrRollback, path, pollMs)
  const looks = useLooks(path, pollMs)
  if (!release)
    return (
      <>
        <h1>{id}</h1>
        {error === null ? <p className="quiet">Loading</p> : <Notice error={error} />}
      </>
    )
  const { analysis, service, environment, version } = release
  const isRollback = release.kind === 'rollback'
  const rows = looks.flatMap((look) => (look.environment === environment ? [look.row] : []))
  return (
    <>
      {error !== null && <Notice error={error} />}
      <ReleaseHead release={release} />
      <Track release={release} last={isRollback ? 'all traffic' : 'promotion'} />
      <Actions path={path} release={release} />
      {analysis && (
        <Measured
          release={release}
          roles={rolesOf(release)}
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
          <h2 id="evidence">Evidence against {version}</h2>
          <p className="quiet">Holdfast reverts the release when a line reaches its limit.</p>
          <EvidenceChart looks={rows} />
        </section>
      )}
      {environment && <Logs service={service} environment={environment} version={version} />}
      <Events path={path} service={service} shownAbove={[release.note, release.reason?.detail ?? null]} />
      {release.links.temporal && (
        <p>
          <a href={release.links.temporal}>Its workflow in Temporal</a>
        </p>
      )}
    </>
  )
}
