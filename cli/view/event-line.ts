/** One event of a release as one line: when, what, who asked. An event it does not know is shown by its name. */
import type { EventReading } from '../readings.ts'
import type { Look, Terminal } from '../terminal.ts'
import { plain } from '../terminal.ts'
import { wrap } from './columns.ts'
import { clockText, durationText } from './duration.ts'

type Data = EventReading['data']

const str = (data: Data, name: string): string => {
  const value = data[name]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
const after = (separator: string, value: string): string => (value === '' ? '' : `${separator}${value}`)
const reasonOf = (data: Data): Data => (data.reason && typeof data.reason === 'object' ? (data.reason as Data) : {})
const withReason = (data: Data): string =>
  after(': ', str(data, 'detail') || str(reasonOf(data), 'detail') || str(data, 'reason'))
const envOf = (data: Data): string => str(data, 'place').split('/')[1] ?? ''

interface Line {
  readonly look: Look
  readonly mark: string
  readonly say: (data: Data) => string
}

const lines: Readonly<Record<string, Line>> = {
  'release-accepted': {
    look: 'blue',
    mark: '•',
    say: (d) => `accepted${after(' as version ', str(d, 'version'))}${again(d)}${after(', the same as ', str(d, 'twin'))}`,
  },
  'turn-taken': { look: 'blue', mark: '•', say: (d) => `has its turn${after(' in ', envOf(d))}` },
  'twin-went-back': { look: 'yellow', mark: '!', say: (d) => `asks before it begins${withReason(d)}` },
  'turn-waiting': { look: 'yellow', mark: '…', say: (d) => `waits for its turn${after(' behind ', str(d, 'behind'))}` },
  ready: {
    look: 'green',
    mark: '✔',
    say: (d) => `${str(d, 'version')} is ready${after(' with ', str(d, 'replicas'))}${replicas(d)}`,
  },
  'replica-exited': {
    look: 'red',
    mark: '✘',
    say: (d) => `a replica of ${str(d, 'version')} ended by itself${withReason(d)}`,
  },
  restoring: { look: 'yellow', mark: '!', say: (d) => `brings ${str(d, 'version')} up again${withReason(d)}` },
  'smoke-passed': { look: 'green', mark: '✔', say: () => 'smoke tests passed' },
  'smoke-failed': { look: 'red', mark: '✘', say: (d) => `smoke test failed${withReason(d)}` },
  'hook-passed': { look: 'green', mark: '✔', say: (d) => `hook passed${after(' ', str(d, 'moment'))}` },
  'hook-failed': { look: 'red', mark: '✘', say: (d) => `hook failed${withReason(d)}` },
  'weight-shifted': { look: 'cyan', mark: '→', say: weight },
  verdict: { look: 'magenta', mark: '⚖', say: verdictSentence },
  'going-back': { look: 'red', mark: '←', say: (d) => `going back${withReason(d)}` },
  'gate-reached': { look: 'yellow', mark: '!', say: (d) => `at its gate at ${str(d, 'weight')} %: a person promotes it` },
  held: { look: 'yellow', mark: '!', say: (d) => `held, a person decides${withReason(d)}` },
  removed: { look: 'blue', mark: '•', say: (d) => `${str(d, 'version')} is stopped` },
  requested: { look: 'yellow', mark: '!', say: (d) => `${asked(d)}${after(': ', str(d, 'reason'))}` },
  'request-too-late': { look: 'yellow', mark: '!', say: (d) => `${str(d, 'request')} came too late (${str(d, 'phase')})` },
  'way-back-failed': { look: 'red', mark: '✘', say: (d) => `the way back failed, a person is needed${withReason(d)}` },
  'turn-handed-over': { look: 'yellow', mark: '!', say: () => 'its workflow was lost; traffic is brought home' },
  'rollout-ended': { look: 'blue', mark: '•', say: (d) => `${envOf(d) || 'rollout'} ${str(d, 'outcome') || 'ended'}` },
  'rollback-ended': { look: 'bold', mark: '■', say: (d) => str(d, 'outcome') || 'ended' },
  'release-ended': { look: 'bold', mark: '■', say: (d) => str(d, 'outcome') },
}

/** Its settings may be new. */
const again = (data: Data): string => (data.isAgain === true && !data.retryOf ? ', the same artifact as before' : '')

const replicas = (data: Data): string => (data.replicas === 1 ? ' replica' : data.replicas === undefined ? '' : ' replicas')

function weight(data: Data): string {
  if (data.weight === 0) return `all traffic ${data.to ? `is back at ${str(data, 'to')}` : `is off ${str(data, 'version')}`}`
  return `${str(data, 'version')} gets ${str(data, 'weight')} % of traffic`
}

function verdictSentence(data: Data): string {
  const kind = str(data, 'verdict') || str(data, 'kind')
  return `verdict ${kind}${withReason(data)}`
}

function asked(data: Data): string {
  const by = typeof data.byMs === 'number' ? ` by ${durationText(data.byMs)}` : ''
  return `${str(data, 'request')}${by} was asked for`
}

/** How an event reads, without its time: `10 % of traffic to 1.2.0`. */
export function eventSentence({ kind, data, actor }: EventReading): string {
  const said = lines[kind]?.say(data) ?? `${kind.replaceAll('-', ' ')}${withReason(data)}`
  const place = envOf(data)
  const where = place === '' || said.includes(place) ? '' : `${place}: `
  const who = actor && actor.kind !== 'system' ? ` (${actor.id})` : ''
  return plain(`${where}${said}${who}`)
}

export const eventLine = (event: EventReading, paint: Terminal['paint']): string =>
  eventLines(event, paint, Number.POSITIVE_INFINITY).join('')

/** In lines of at most `width` cells, each below the sentence's beginning. */
export function eventLines(event: EventReading, paint: Terminal['paint'], width: number): string[] {
  const { look, mark } = lines[event.kind] ?? { look: 'dim', mark: '•' }
  const ended = event.kind === 'release-ended' ? (event.data.outcome === 'succeeded' ? 'green' : 'red') : look
  const [first = '', ...more] = wrap(eventSentence(event), width - 12)
  return [
    `${paint('dim', clockText(event.at))}  ${paint(ended, mark)} ${first}`,
    ...more.map((line) => `${' '.repeat(12)}${line}`),
  ]
}
