/**
 * How an event reads to a person. The command line, the console, `npm start` and notifications all show this text. A kind without a case
 * does not compile.
 */
import { unitMs } from '../plan/duration.ts'
import type { Reason } from '../rollout/reason.ts'
import type { Event, EventData, EventKind } from './event.ts'

/** `calm` is the ordinary course. Colour alone never tells the tone; the text says it too. */
export type Tone = 'calm' | 'good' | 'warn' | 'bad'

export interface Sentence {
  /** Without a full stop, and without environment and actor: `1.2.0 gets 10 % of traffic`. */
  readonly text: string
  /** Why, in the words of the person or of the failure. Empty where there is none. */
  readonly why: string
  readonly tone: Tone
}

/** Pure, and never throws. Texts of others (reasons, versions) are copied unchanged; the caller escapes them. */
export function sentenceOf(event: Event): Sentence {
  switch (event.kind) {
    case 'release-accepted':
      return calm(acceptedText(event.data))
    case 'rollback-accepted':
      return calm(`a rollback to ${event.data.version} is accepted`, event.data.reason)
    case 'turn-taken':
      return calm(turnText(event.data))
    case 'ready':
      return good(`${event.data.version} is ready with ${counted(event.data.replicas, 'replica')}`)
    case 'restoring':
      return warn(`${event.data.version} is started again`, event.data.detail)
    case 'twin-reverted':
      return warn('waits for a person before it starts', event.data.detail)
    case 'smoke-passed':
      return good('smoke tests passed')
    case 'smoke-failed':
      return bad('a smoke test failed', event.data.detail)
    case 'hook-passed':
      return good(`a hook ${momentText[event.data.moment]} passed`)
    case 'hook-failed':
      return hookFailed(event.data)
    case 'weight-shifted':
      return calm(weightText(event.data))
    case 'replica-exited':
      return bad(`a replica of ${event.data.version} ended by itself`, event.data.detail)
    case 'verdict':
      return { text: `verdict ${event.data.verdict}`, why: event.data.detail, tone: verdictTones[event.data.verdict] }
    case 'gate-reached':
      return warn(`at its gate at ${event.data.weight} %: a person must promote it`)
    case 'promoted-without-proof':
      return warn('continues without proof, as declared', event.data.detail)
    case 'held':
      return warn('held: a person must decide', event.data.detail)
    case 'requested':
      return warn(`${requestText(event.data.request, event.data.byMs)} was requested`, event.data.reason)
    case 'abort-requested':
      return warn('abort was requested', event.data.reason)
    case 'request-too-late':
      return warn(`${requestText(event.data.request)} came too late (${event.data.phase})`, event.data.reason)
    case 'reverting':
      return isMild(event.data.code) ? warn('reverting', event.data.detail) : bad('reverting', event.data.detail)
    case 'revert-failed':
      return bad('the revert failed: a person must act', event.data.detail)
    case 'turn-handed-over':
      return warn('its workflow was lost: traffic is reverted')
    case 'removed':
      return calm(`${event.data.version} is stopped`)
    case 'rollout-ended':
      return ended('rollout', event.data)
    case 'rollback-ended':
      return ended('rollback', event.data)
    case 'release-ended':
      return ended('release', event.data)
    default:
      return unknown(event)
  }
}

/** Reached only by an event that newer code wrote. Its name is all that this code knows of it. */
const unknown = (event: never): Sentence => calm(`${(event as { kind: EventKind }).kind}`.replaceAll('-', ' '))

const calm = (text: string, why: string | null = null): Sentence => ({ text, why: why ?? '', tone: 'calm' })
const good = (text: string): Sentence => ({ text, why: '', tone: 'good' })
const warn = (text: string, why: string | null = null): Sentence => ({ text, why: why ?? '', tone: 'warn' })
const bad = (text: string, why: string): Sentence => ({ text, why, tone: 'bad' })

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

function acceptedText({ version, isAgain, retryOf, twin }: EventData<'release-accepted'>): string {
  const again = retryOf !== null ? `, again after ${retryOf}` : isAgain ? ', the same artifact as before' : ''
  return `accepted as version ${version}${again}${twin === null ? '' : `, the same as ${twin}`}`
}

const turnText = ({ stable, canary }: EventData<'turn-taken'>): string =>
  stable === null ? `has its turn: nothing is stable yet` : `has its turn: ${canary} beside ${stable}`

const momentText: Readonly<Record<EventData<'hook-passed'>['moment'], string>> = {
  before: 'before traffic',
  afterStep: 'after a step',
  after: 'after the watch',
  afterRevert: 'after the revert',
}

const hookFailed = ({ moment, detail, required }: EventData<'hook-failed'>): Sentence =>
  required
    ? bad(`a hook ${momentText[moment]} failed`, detail)
    : warn(`a hook ${momentText[moment]} failed, which is not required`, detail)

function weightText({ version, weight, to }: EventData<'weight-shifted'>): string {
  if (weight > 0) return `${version} gets ${weight} % of traffic`
  return to === null ? `all traffic is off ${version}` : `all traffic is back at ${to}`
}

/** `extend by 10 min`. */
const requestText = (request: EventData<'requested'>['request'], byMs?: number): string =>
  `${request.replaceAll('-', ' ')}${byMs === undefined ? '' : ` by ${spanText(byMs)}`}`

/** Exactly the requested time. */
const spanText = (ms: number): string =>
  ms % unitMs.h === 0 ? `${ms / unitMs.h} h` : ms % unitMs.m === 0 ? `${ms / unitMs.m} min` : `${ms / unitMs.s} s`

const verdictTones: Readonly<Record<EventData<'verdict'>['verdict'], Tone>> = {
  pass: 'good',
  over: 'good',
  fail: 'bad',
  dead: 'bad',
  'both-bad': 'warn',
  'split-broken': 'warn',
  inconclusive: 'warn',
  idle: 'warn',
  blind: 'warn',
}

const outcomeTones: Readonly<Record<EventData<'release-ended'>['outcome'], Tone>> = {
  succeeded: 'good',
  'rolled-back': 'bad',
  aborted: 'warn',
  rejected: 'bad',
  superseded: 'warn',
}

const ended = (what: string, { outcome, reason }: EventData<'release-ended'>): Sentence => ({
  text: `${what} ${outcome.replaceAll('-', ' ')}`,
  why: reason?.detail ?? '',
  tone: outcomeTones[outcome] === 'bad' && isMild(reason?.code) ? 'warn' : outcomeTones[outcome],
})

type Codes = readonly Reason['code'][]

/** Reasons that end or hold a version although nothing shows that it is bad. */
const undecided: Codes = [
  'inconclusive',
  'both-bad',
  'split-broken',
  'blind',
  'max-hold',
  'lost',
  'twin-reverted',
  'promoted-without-proof',
]
export const isUndecided = (code = ''): boolean => (undecided as readonly string[]).includes(code)

/** Reasons of an end that is no failure: a person requested it, or there was nothing to do. */
const wanted: Codes = ['aborted', 'cancelled', 'superseded', 'accepted-as-is', 'nothing-to-do', 'watch-cut-short']
export const isWanted = (code = ''): boolean => (wanted as readonly string[]).includes(code)

/** The tone of an end or a revert. A version that was not shown to be good is amber, and so is an end that a person requested. */
const isMild = (code = ''): boolean => isUndecided(code) || isWanted(code)
