/** The requests that are legal for a release now, as buttons, each with a dialog for the reason. */
import { RequestAccepted } from '../schema/answers.ts'
import type { Release, Rollback } from '../schema/release.ts'
import { Dialog } from './dialog.tsx'
import { useAsking } from './use-asking.ts'

type Subject = Pick<Release | Rollback, 'version' | 'stable' | 'phase' | 'weightPercent' | 'legalRequests'>

interface Action {
  readonly title: string
  readonly effect: (subject: Subject) => string
}

const actions: Readonly<Record<string, Action>> = {
  pause: {
    title: 'Pause',
    effect: (it) => `The rollout stops advancing. ${it.version} keeps its ${it.weightPercent} % and stays guarded.`,
  },
  resume: { title: 'Resume', effect: () => 'The rollout continues where it was paused.' },
  promote: { title: 'Promote', effect: promotion },
  'promote-fully': {
    title: 'Promote fully',
    effect: (it) => `${it.version} gets all traffic at once; every step left is skipped.`,
  },
  extend: { title: 'Extend', effect: () => 'This step bakes longer before it is decided.' },
  abort: { title: 'Abort', effect: revert },
  'retry-revert': { title: 'Retry the revert', effect: (it) => `Tries once more. ${revert(it)}` },
  'accept-as-is': {
    title: 'Accept as it is',
    effect: () => 'Ends the rollout where it is. The version with the larger weight becomes stable.',
  },
}

const reason = { name: 'reason', label: 'Reason', hint: 'recorded with your name' }
const by = { name: 'by', label: 'By', hint: "such as 10m; the step's longest bake where empty", longest: 20 }

/** @param path of the release or rollback in the API */
export function Actions({ path, release }: { readonly path: string; readonly release: Subject }) {
  const legal = release.legalRequests
  const asking = useAsking<string>()
  const { what: kind } = asking
  return (
    <>
      {legal.length > 0 && (
        <div className="buttons" role="group" aria-label="Actions">
          {legal.map((one) => (
            <button key={one} type="button" className={isDangerous(one) ? 'danger' : ''} onClick={() => asking.open(one)}>
              {titleOf(one)}
            </button>
          ))}
        </div>
      )}
      <p className="message" role="status">
        {asking.message}
      </p>
      {kind !== null && (
        <Dialog
          key={kind}
          title={titleOf(kind)}
          effect={actions[kind]?.effect(release) ?? ''}
          isDangerous={isDangerous(kind)}
          fields={kind === 'extend' ? [by, reason] : [reason]}
          onConfirm={async (entered) => {
            const body = { reason: entered['reason'] ?? null, ...(entered['by'] ? { by: entered['by'] } : {}) }
            await asking.send(RequestAccepted, `${path}/${kind}`, body, () => `${titleOf(kind)} was accepted.`)
          }}
          onClose={asking.close}
        />
      )}
    </>
  )
}

function promotion({ version, phase }: Subject): string {
  if (phase === 'watching') return `Ends the watch: ${version} becomes stable, and the version before it is stopped.`
  return `${version} continues with its next step without waiting for the analysis.`
}

function revert({ version, stable, weightPercent }: Subject): string {
  if (!stable) return `There is no version to revert to: users no longer reach ${version}.`
  return `All traffic returns to ${stable.version}; ${version} has ${weightPercent} % of it now.`
}

const titleOf = (kind: string): string => actions[kind]?.title ?? kind
const isDangerous = (kind: string): boolean => kind === 'abort' || kind === 'accept-as-is'
