/** How an event reads to a person: one sentence and a tone. An event that is not known here is told by its name. */

import { isUndecided, isWanted } from './tone.ts'

export interface Happened {
  readonly seq: number
  readonly kind: string
  readonly at: string
  readonly actor: { readonly kind: string; readonly id: string }
  readonly data: Readonly<Record<string, unknown>>
}

/** `calm` is the ordinary course; the others are never told by colour alone, the sentence says it too. */
export type Tone = 'calm' | 'good' | 'warn' | 'bad'

export interface Sentence {
  readonly text: string
  /** Why, in the words of who did it or of what failed; empty where nothing was said. */
  readonly why: string
  readonly tone: Tone
}

type Data = Happened['data']
type Saying = readonly [tone: Tone, text: (data: Data) => string]

const sayings: Readonly<Record<string, Saying>> = {
  'release-accepted': ['calm', (data) => `Release of ${word(data, 'version', 'a version')} accepted`],
  'rollback-accepted': ['calm', (data) => `Rollback to ${word(data, 'version', 'an earlier version')} accepted`],
  'turn-taken': ['calm', turnTaken],
  'turn-waiting': ['warn', () => 'Waits for its turn'],
  ready: ['good', (data) => `${word(data, 'version', 'The version')} is ready${replicas(data)}`],
  'replica-exited': ['bad', (data) => `A replica of ${word(data, 'version', 'a version')} ended by itself`],
  restoring: ['warn', (data) => `Brings ${word(data, 'version', 'the stable version')} up again`],
  'smoke-passed': ['good', () => 'Smoke tests passed'],
  'smoke-failed': ['bad', () => 'A smoke test failed'],
  'hook-passed': ['good', () => 'A hook passed'],
  'hook-failed': ['bad', () => 'A hook failed'],
  'weight-shifted': ['calm', weightShifted],
  verdict: ['calm', (data) => verdicts[word(data, 'verdict', '')] ?? `The analysis says ${word(data, 'verdict', 'nothing')}`],
  'gate-reached': ['warn', (data) => `At its gate at ${word(data, 'weight', '?')} %: a person promotes it`],
  held: ['warn', () => 'Held: a person decides'],
  'abort-asked': ['warn', () => 'Abort was asked for'],
  requested: ['warn', (data) => `${requestWord(data)} was asked for`],
  'request-too-late': ['warn', (data) => `${requestWord(data)} came too late`],
  'going-back': ['bad', () => 'Going back'],
  'twin-went-back': ['warn', () => 'A person is asked before it begins: the same version went back while it waited'],
  'way-back-failed': ['bad', () => 'The way back failed: a person is needed'],
  'turn-handed-over': ['warn', () => 'Its workflow was lost: traffic is brought home'],
  removed: ['calm', (data) => `${word(data, 'version', 'A version')} is stopped`],
  'rollout-ended': ['calm', (data) => `Rollout ${outcome(data)}`],
  'rollback-ended': ['calm', (data) => `Rollback ${outcome(data)}`],
  'release-ended': ['calm', (data) => `Release ${outcome(data)}`],
}

const verdicts: Readonly<Record<string, string>> = {
  over: 'The watch is over',
  dead: 'No replica was healthy any more',
}

/** Never throws: what the data lacks is left out. */
export function sentenceOf({ kind, data }: Pick<Happened, 'kind' | 'data'>): Sentence {
  const [tone, text] = sayings[kind] ?? ['calm', () => capital(kind.replaceAll('-', ' '))]
  return { text: text(data), why: whyOf(data), tone: toneOf(tone, data) }
}

const tones: Readonly<Record<string, Tone>> = {
  pass: 'good',
  succeeded: 'good',
  fail: 'bad',
  'rolled-back': 'bad',
  aborted: 'warn',
  rejected: 'bad',
  superseded: 'warn',
  inconclusive: 'warn',
  'both-bad': 'warn',
  'split-broken': 'warn',
  blind: 'warn',
  idle: 'warn',
  dead: 'bad',
}

/** Of what ended or goes back: what was only not shown to be good is amber, and what somebody wanted is no failure. */
function toneOf(tone: Tone, data: Data): Tone {
  const said = tones[word(data, 'outcome', word(data, 'verdict', ''))] ?? tone
  const { reason } = data
  const code = typeof reason === 'object' && reason !== null ? word(reason as Data, 'code', '') : word(data, 'code', '')
  return said === 'bad' && (isUndecided(code) || isWanted(code)) ? 'warn' : said
}

function word(data: Data, name: string, otherwise: string): string {
  const value = data[name]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : otherwise
}

const outcome = (data: Data): string => word(data, 'outcome', 'ended').replaceAll('-', ' ')

function whyOf(data: Data): string {
  const { reason } = data
  const nested = typeof reason === 'object' && reason !== null ? word(reason as Data, 'detail', '') : ''
  return word(data, 'detail', nested || word(data, 'reason', ''))
}

function turnTaken(data: Data): string {
  const stable = word(data, 'stable', '')
  return stable
    ? `It is its turn: ${word(data, 'canary', 'the new version')} beside ${stable}`
    : 'It is its turn: nothing is stable yet'
}

function replicas({ replicas: count }: Data): string {
  return typeof count === 'number' ? ` with ${count} ${count === 1 ? 'replica' : 'replicas'}` : ''
}

function weightShifted(data: Data): string {
  if (data.weight !== 0) return `${word(data, 'version', 'The version')} gets ${word(data, 'weight', '?')} % of the traffic`
  const home = word(data, 'to', '')
  return home ? `All traffic is back at ${home}` : `No traffic goes to ${word(data, 'version', 'the version')} any more`
}

function requestWord(data: Data): string {
  const by = typeof data.byMs === 'number' ? ` by ${data.byMs / 1_000} s` : ''
  return capital(word(data, 'request', 'something').replaceAll('-', ' ')) + by
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
