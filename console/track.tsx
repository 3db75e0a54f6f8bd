/** The strategy's weights in order, promotion last: which are done, which is current, which are left. */
import type { Release } from '../schema/release.ts'
import { isUndecided, isWanted } from '../domain/events/sentence.ts'

type Steps = Pick<Release, 'moves' | 'move' | 'phase' | 'state' | 'outcome' | 'reason'>

/** @param last name of the last step */
export function Track({ release, last }: { readonly release: Steps; readonly last: string }) {
  const { moves, reason } = release
  const doubt = isUndecided(reason?.code) || isWanted(reason?.code) ? ' doubt' : ''
  const steps = [
    ...moves.map(({ weight, gate, bake }) => ({ label: `${weight} %`, detail: [bakeText(bake), gate && 'gate'] })),
    { label: '100 %', detail: [last] },
  ]
  return (
    <ol className="track" aria-label="Steps">
      {steps.map(({ label, detail }, index) => {
        const standing = standingOf(release, index, steps.length)
        return (
          // Two steps may have the same weight.
          <li key={`${index} ${label}`} className={`${standing}${doubt}`} aria-current={standing === 'now' ? 'step' : undefined}>
            <strong>{label}</strong>
            <small className="quiet">{[words[standing], ...detail].filter(Boolean).join(' · ')}</small>
          </li>
        )
      })}
    </ol>
  )
}

type Standing = 'done' | 'now' | 'left' | 'back' | 'stopped'

const words: Readonly<Record<Standing, string>> = {
  done: 'done',
  now: 'now',
  left: '',
  back: 'reverted',
  stopped: 'stopped here',
}

function standingOf({ move, phase, state, outcome, reason }: Steps, index: number, count: number): Standing {
  if (reason?.code === 'nothing-to-do') return 'left'
  if (outcome === 'succeeded' || phase === 'watching' || phase === 'removing-old') return 'done'
  const isBack = outcome !== null || phase === 'reverting' || state === 'needs-operator'
  if (isBack) return index < move ? 'back' : index === move ? 'stopped' : 'left'
  const now = phase === 'promoting' ? count - 1 : move
  if (phase === null || phase === 'queued' || phase === 'starting') return 'left'
  return index < now ? 'done' : index === now ? 'now' : 'left'
}

function bakeText(bake: Release['moves'][number]['bake']): string | null {
  return bake && `bakes ${duration(bake.minMs)} to ${duration(bake.maxMs)}`
}

function duration(ms: number): string {
  if (ms < 60_000) return `${ms / 1_000} s`
  const minutes = ms / 60_000
  return minutes < 120 ? `${Number(minutes.toFixed(1))} min` : `${Number((minutes / 60).toFixed(1))} h`
}
