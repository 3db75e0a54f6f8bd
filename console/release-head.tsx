/** The head of a release or rollback: where it is, what it waits for and until when, its reason, and the caller. */
import type { Phase } from '../domain/rollout/phase.ts'
import type { Release, Rollback } from '../schema/release.ts'
import { serviceHref, subjectHref } from './address.ts'
import { Ago } from './ago.tsx'
import { Linked } from './linked.tsx'
import { State } from './state.tsx'
import { reasonStyle } from './tone.ts'
import { Waits } from './waits.tsx'

type Subject = Release | Rollback

export function ReleaseHead({ release }: { readonly release: Subject }) {
  const { id, service, environment, state, stuck, reason, note, requestedBy, createdAt, endedAt } = release
  return (
    <>
      <p className="quiet">
        <a href={serviceHref(service)}>{service}</a>
        {environment && ` in ${environment}`}
      </p>
      <h1>
        {id} <State state={state} reason={reason?.code} /> {stuck && <span className="badge bad">stuck</span>}
      </h1>
      <p aria-live="polite" aria-atomic="true">
        {whereabouts(release)}
      </p>
      {release.waitsFor && (
        <p>
          <Waits of={release} />
        </p>
      )}
      {reason && (
        <p className={`reason long ${reasonStyle(reason.code)}`}>
          <strong>{reason.code.replaceAll('-', ' ')}</strong>: <Linked text={reason.detail} service={service} />
          {reason.hint && <small className="quiet"> {reason.hint}</small>}
        </p>
      )}
      <p className="quiet clip">
        Asked for by {requestedBy.id} <Ago at={createdAt} />
        {endedAt && (
          <>
            , ended <Ago at={endedAt} />
          </>
        )}
        {release.kind === 'release' && release.retryOf && (
          <>
            {' '}
            · retry of <a href={subjectHref('release', release.retryOf)}>{release.retryOf}</a>
          </>
        )}
        {release.kind === 'rollback' && (
          <>
            {' '}
            · the version of <a href={subjectHref('release', release.release)}>{release.release}</a>
          </>
        )}
        {note && ` · ${note}`}
      </p>
      {release.kind === 'release' && release.environments.length > 1 && <Way release={release} />}
    </>
  )
}

/** The release's environments in order. The steps below belong to the current one. */
function Way({ release: { environments, environment, reached, outcome } }: { readonly release: Release }) {
  const standingOf = (name: string) =>
    reached.includes(name) ? 'done' : name !== environment ? '' : outcome === null ? 'now' : 'ended here'
  return (
    <ol className="way" aria-label="Environments">
      {environments.map((name) => (
        <li key={name} aria-current={standingOf(name) === 'now' ? 'step' : undefined}>
          {name} <small className="quiet">{standingOf(name)}</small>
        </li>
      ))}
    </ol>
  )
}

const words: Readonly<Record<Exclude<Phase, 'ended'>, (weight: number) => string>> = {
  queued: () => 'queued',
  starting: () => 'starting; no traffic yet',
  shifting: (weight) => `moving to the next weight, from ${weight} % of traffic`,
  baking: (weight) => `baking at ${weight} % of traffic`,
  gated: (weight) => (weight === 0 ? 'at its gate, without traffic' : `at its gate at ${weight} % of traffic`),
  paused: (weight) => (weight === 0 ? 'paused before it got traffic' : `paused at ${weight} % of traffic`),
  held: (weight) => `held at ${weight} % of traffic`,
  promoting: (weight) => `being promoted, at ${weight} % of traffic`,
  watching: () => 'watched with all traffic',
  'removing-old': () => 'has all traffic; the version before it is being stopped',
  reverting: (weight) => (weight === 0 ? 'reverting; it has no traffic any more' : `reverting, still at ${weight} % of traffic`),
  'needs-operator': (weight) => `could not be reverted, and is at ${weight} % of traffic`,
}

const isPhase = (phase: string): phase is keyof typeof words => phase in words

/** The phase as a sentence, which a screen reader speaks when it changes. */
function whereabouts({ version, state, phase, weightPercent, stable, outcome }: Subject): string {
  const beside = stable && phase !== null && phase !== 'queued' ? ` beside ${stable.version}` : ''
  const where =
    phase !== null && isPhase(phase)
      ? words[phase](weightPercent)
      : outcome === null
        ? 'between two steps'
        : state.replaceAll('-', ' ')
  return `Version ${version}${beside}: ${where}.`
}
