/** What a release waits for, and how long a person may still decide, as one sentence. */
import type { Phase } from '../domain/rollout/phase.ts'
import type { Release, Rollback } from '../schema/release.ts'
import { Ago } from './ago.tsx'
import { Linked } from './linked.tsx'

type Waiting = Pick<Release | Rollback, 'service' | 'phase' | 'waitsFor' | 'until'>

/** `waitsFor` names the instant for readers elsewhere. This sentence shows the time that is left instead. */
const decisions: Partial<Record<Phase, string>> = {
  gated: 'a person to promote it',
  paused: 'a person to resume it',
  held: 'a person to decide',
}

/** Shows nothing for a release that waits for nothing. */
export function Waits({ of: { service, phase, waitsFor, until } }: { readonly of: Waiting }) {
  const what = (until && decisions[phase as Phase]) ?? waitsFor
  if (!what) return null
  return (
    <>
      Waits for <Linked text={what} service={service} />
      {until && (
        <>
          ; otherwise <Linked text={until.next} service={service} /> <Ago at={until.at} />
        </>
      )}
      .
    </>
  )
}
