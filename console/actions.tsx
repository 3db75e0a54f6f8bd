/** What may be asked of a release now: the legal requests as buttons, each with a dialog for the reason. */
import { useState } from 'react'
import type { Release, Rollback } from '../schema/release.ts'
import type { Wish } from './reason-dialog.tsx'
import { ReasonDialog } from './reason-dialog.tsx'
import { isFinal, newKey, post } from './requests.ts'

type Subject = Pick<Release | Rollback, 'version' | 'stable' | 'weightPercent' | 'legalRequests'>

interface Action {
  readonly title: string
  readonly effect: (subject: Subject) => string
}

const actions: Readonly<Record<string, Action>> = {
  pause: {
    title: 'Pause',
    effect: (it) => `The rollout stops advancing. ${it.version} keeps its ${it.weightPercent} % and stays guarded.`,
  },
  resume: { title: 'Resume', effect: () => 'The rollout goes on where it was paused.' },
  promote: { title: 'Promote', effect: () => 'Goes on to the next step without waiting for the analysis, or ends the watch.' },
  'promote-fully': {
    title: 'Promote fully',
    effect: (it) => `${it.version} gets all traffic at once; every step left is skipped.`,
  },
  extend: { title: 'Extend', effect: () => 'This step bakes longer before it is decided.' },
  abort: { title: 'Abort', effect: wayBack },
  'retry-way-back': { title: 'Retry the way back', effect: (it) => `Tries once more. ${wayBack(it)}` },
  'accept-as-is': { title: 'Accept as it is', effect: () => 'Ends it where it stands. What has most traffic becomes stable.' },
}

interface Asked {
  readonly kind: string
  /** One per opening of the dialog, so that a click sent again by a person or by the network has no second effect. */
  readonly key: string
}

/** @param path of the release or rollback in the API */
export function Actions({ path, release }: { readonly path: string; readonly release: Subject }) {
  const legal = release.legalRequests
  const [asked, setAsked] = useState<Asked | null>(null)
  const [said, setSaid] = useState('')
  const confirm = async ({ kind, key }: Asked, { reason, by }: Wish) => {
    try {
      await post(`${path}/${kind}`, { reason, ...(by === null ? {} : { by }) }, key)
      setSaid(`${titleOf(kind)} was accepted.`)
    } catch (error) {
      if (isFinal(error)) setAsked({ kind, key: newKey() })
      throw error
    }
  }
  return (
    <>
      {legal.length > 0 && (
        <div className="buttons" role="group" aria-label="Actions">
          {legal.map((kind) => (
            <button
              key={kind}
              type="button"
              className={isDangerous(kind) ? 'danger' : ''}
              onClick={() => (setSaid(''), setAsked({ kind, key: newKey() }))}
            >
              {titleOf(kind)}
            </button>
          ))}
        </div>
      )}
      <p className="said" role="status">
        {said}
      </p>
      {asked && (
        <ReasonDialog
          key={asked.kind}
          title={titleOf(asked.kind)}
          effect={actions[asked.kind]?.effect(release) ?? ''}
          isDangerous={isDangerous(asked.kind)}
          hasDuration={asked.kind === 'extend'}
          onConfirm={(wish) => confirm(asked, wish)}
          onClose={() => setAsked(null)}
        />
      )}
    </>
  )
}

function wayBack({ version, stable, weightPercent }: Subject): string {
  if (!stable) return `There is nothing to go back to: nobody reaches ${version} any more.`
  return `All traffic goes back to ${stable.version}; ${version} has ${weightPercent} % of it now.`
}

const titleOf = (kind: string): string => actions[kind]?.title ?? kind
const isDangerous = (kind: string): boolean => kind === 'abort' || kind === 'accept-as-is'
