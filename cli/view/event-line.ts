/**
 * One event of a release as one line: when, what, why, and who requested it. `domain/events/sentence.ts` has the sentence; this adds a mark
 * and a colour.
 */
import type { EventKind } from '../../domain/events/event.ts'
import type { Tone } from '../../domain/events/sentence.ts'
import { sentenceOf } from '../../domain/events/sentence.ts'
import type { EventAnswer } from '../api-answers.ts'
import type { Style, Terminal } from '../terminal.ts'
import { plain } from '../terminal.ts'
import { wrap } from './columns.ts'
import { clockText } from './duration.ts'

type Mark = readonly [style: Style, mark: string]

const marks: Readonly<Record<Tone, Mark>> = {
  calm: ['blue', '•'],
  good: ['green', '✔'],
  warn: ['yellow', '!'],
  bad: ['red', '✘'],
}

/** Marks of the events that people search for in a long list. */
const ownMarks: Readonly<Partial<Record<EventKind, Mark>>> = {
  'weight-shifted': ['cyan', '→'],
  verdict: ['magenta', '⚖'],
  reverting: ['red', '←'],
}

const endMarks: Readonly<Record<Tone, Style>> = { calm: 'bold', good: 'green', warn: 'red', bad: 'red' }

function markOf(event: EventAnswer): Mark {
  if (event.kind === 'unknown') return ['dim', '•']
  const { tone } = sentenceOf(event)
  if (event.kind === 'release-ended' || event.kind === 'rollback-ended') return [endMarks[tone], '■']
  return ownMarks[event.kind] ?? marks[tone]
}

/** An event as a sentence, without its time: `production: 1.2.0 gets 10 % of traffic`. */
export function eventSentence(event: EventAnswer): string {
  // A newer API wrote it, and this command line knows only its name.
  if (event.kind === 'unknown') return plain(event.name.replaceAll('-', ' '))
  const { text, why } = sentenceOf(event)
  const where = event.where ? `${event.where.environment}: ` : ''
  const who = event.actor.kind === 'system' ? '' : ` (${event.actor.id})`
  return plain(`${where}${text}${why === '' ? '' : `: ${why}`}${who}`)
}

export const eventLine = (event: EventAnswer, paint: Terminal['paint']): string =>
  eventLines(event, paint, Number.POSITIVE_INFINITY).join('')

/** The event in lines of at most `width` cells. Further lines are indented to the sentence. */
export function eventLines(event: EventAnswer, paint: Terminal['paint'], width: number): string[] {
  const [style, mark] = markOf(event)
  const [first = '', ...more] = wrap(eventSentence(event), width - 12)
  return [
    `${paint('dim', clockText(event.at))}  ${paint(style, mark)} ${first}`,
    ...more.map((line) => `${' '.repeat(12)}${line}`),
  ]
}
