/** What a release waits for, and until when a person may decide: as one sentence, in the time that is left. */
import type { Phase } from '../domain/rollout/phase.ts'
import type { Release, Rollback } from '../schema/release.ts'
import { Ago } from './ago.tsx'
import { Linked } from './linked.tsx'

type Waiting = Pick<Release | Rollback, 'service' | 'phase' | 'waitsFor' | 'until'>

/** `waitsFor` says the instant too, for people who read it somewhere else: here the time that is left says it. */
const decisions: Partial<Record<Phase, string>> = {
  gated: 'a person to promote it',
  paused: 'a person to resume it',
  held: 'a person to decide',
}

/** Nothing where it moves by itself. */
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
