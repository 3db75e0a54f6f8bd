/** What can be started for a service: a release, and a rollback to an earlier version. */
import { Plan } from '../schema/answers.ts'
import type { Release } from '../schema/release.ts'
import { Started } from '../schema/release.ts'
import { subjectHref } from './address.ts'
import type { Entered } from './dialog.tsx'
import { Dialog } from './dialog.tsx'
import type { AnswerOf } from './requests.ts'
import { post } from './requests.ts'
import { useAsking } from './use-asking.ts'

interface Props {
  readonly service: string
  readonly environments: readonly { readonly name: string; readonly stable: { readonly version: string } | null }[]
  readonly releases: readonly Release[]
}

type What = { readonly kind: 'release' } | { readonly kind: 'rollback'; readonly environment: string }

const reason = { name: 'reason', label: 'Reason', hint: 'recorded with your name' }

export function StartActions({ service, environments, releases }: Props) {
  const asking = useAsking<What>()
  const { what } = asking
  const path = `/v1/services/${encodeURIComponent(service)}`
  const follow = ({ kind, id }: AnswerOf<typeof Started>) => {
    location.hash = subjectHref(kind, id)
    return `${id} was accepted.`
  }
  return (
    <>
      <div className="buttons" role="group" aria-label="Start">
        <button type="button" className="primary" onClick={() => asking.open({ kind: 'release' })}>
          Release a version
        </button>
        {environments
          .filter(({ stable }) => stable !== null)
          .map(({ name }) => (
            <button key={name} type="button" onClick={() => asking.open({ kind: 'rollback', environment: name })}>
              Roll back {name}
            </button>
          ))}
      </div>
      <p className="message" role="status">
        {asking.message}
      </p>
      {what?.kind === 'release' && (
        <Dialog
          title="Release a version"
          effect="It visits each environment in order. Holdfast compares it with the stable version there, and reverts it when it is worse."
          isDangerous={false}
          fields={[
            { name: 'version', label: 'Version', isNeeded: true, longest: 128 },
            {
              name: 'artifact',
              label: 'Artifact',
              hint: 'path on the machine of the target, sha256:…, or an image name@sha256:…',
              isNeeded: true,
              longest: 4_096,
            },
            {
              name: 'until',
              label: 'Until',
              options: [{ value: '', text: 'the last environment' }, ...environments.map(optionOf)],
            },
            { name: 'note', label: 'Note', hint: 'shown with the release' },
          ]}
          onConfirm={async (entered) => {
            const body = releaseBody(entered)
            // A dry run first: the API refuses what it cannot plan before it accepts anything.
            await post(Plan, `${path}/releases?dryRun=true`, body, null)
            await asking.send(Started, `${path}/releases`, body, follow)
          }}
          onClose={asking.close}
        />
      )}
      {what?.kind === 'rollback' && (
        <Dialog
          title={`Roll back ${what.environment}`}
          effect="An earlier good version gets all traffic as soon as it is ready and smoke-tested. A release in flight there is reverted first."
          isDangerous
          fields={[{ name: 'version', label: 'Version', options: earlierOf(what.environment, environments, releases) }, reason]}
          onConfirm={async ({ version, reason: why }) => {
            const body = { ...(version ? { version } : {}), reason: why ?? null }
            await asking.send(Started, `${path}/environments/${encodeURIComponent(what.environment)}/rollbacks`, body, follow)
          }}
          onClose={asking.close}
        />
      )}
    </>
  )
}

const optionOf = ({ name }: { readonly name: string }) => ({ value: name, text: name })

function releaseBody({ version, artifact, until, note }: Entered) {
  return {
    version,
    artifact: artifactOf(artifact),
    ...(until ? { until } : {}),
    note: note ?? null,
  }
}

function artifactOf(entered: string | null | undefined) {
  const text = entered ?? ''
  if (text.startsWith('sha256:')) return { ref: text }
  return text.includes('@sha256:') ? { image: text } : { path: text }
}

/** Versions that were good there, according to the releases shown, newest first, without the stable one. */
function earlierOf(environment: string, environments: Props['environments'], releases: readonly Release[]) {
  const stable = environments.find(({ name }) => name === environment)?.stable?.version
  const good = releases.filter(({ reached }) => reached.includes(environment)).map(({ version }) => version)
  const earlier = [...new Set(good)].filter((version) => version !== stable)
  return [{ value: '', text: 'the good version before' }, ...earlier.map((version) => ({ value: version, text: version }))]
}
