/**
 * A release as a picture of lines: where it is, how its traffic is split, what both versions answered, and how near the evidence is to
 * the limit at which it is taken back. Pure: the same release at the same instant is the same picture.
 */
import type { AnalysisReading, SideReading } from '../analysis-reading.ts'
import { isEnded, needsPerson } from '../exit-codes.ts'
import type { EventReading, ReleaseReading } from '../readings.ts'
import type { Look, Terminal } from '../terminal.ts'
import { plain } from '../terminal.ts'
import { bar, cells, countText, padEnd, padStart, percentText, wrap } from './columns.ts'
import { declaredDuration, durationText } from './duration.ts'
import { eventLine } from './event-line.ts'

export interface Picture {
  readonly release: ReleaseReading
  readonly analysis: AnalysisReading | null
  readonly events: readonly EventReading[]
  /** Newest events shown. */
  readonly eventRows: number
  readonly nowMs: number
  readonly columns: number
  readonly paint: Terminal['paint']
  /** Said under the picture: a lost connection, how to leave. */
  readonly footer: string | null
}

export function releaseLines(picture: Picture): string[] {
  const { release, paint, events, eventRows, footer } = picture
  const { reason, state, phase } = release
  const lines = [...heading(picture), '', ...stepLine(picture), ...sideLines(picture), ...evidenceLines(picture)]
  if (reason) lines.push(...paragraph(`${reason.code}: ${reason.detail}`, isEnded(state) ? 'dim' : 'yellow', picture), '')
  const waits = waitText(release)
  if (waits) lines.push(...paragraph(waits, needsPerson({ state, phase: phase ?? null }) ? 'yellow' : 'dim', picture), '')
  lines.push(...events.slice(-eventRows).map((event) => `  ${eventLine(event, paint)}`))
  if (footer) lines.push('', `  ${paint('dim', footer)}`)
  return lines
}

const paragraph = (text: string, look: Look, { columns, paint }: Picture): string[] =>
  wrap(plain(text), Math.min(columns, 100) - 3).map((line) => `  ${paint(look, line)}`)

/** What it waits for and what may be asked of it now. */
export function waitText({ waitsFor, legalRequests, state }: ReleaseReading): string {
  const what = waitsFor ?? ''
  const moves = ['held', 'paused', 'needs-operator', 'waiting'].includes(state) ? (legalRequests ?? []) : []
  const may = moves.length > 0 ? `you may ${moves.join(', ').replaceAll('promote-fully', 'promote --fully')}` : ''
  return [what && `waits for ${what}`, may].filter(Boolean).join(' · ')
}

const stateLook: Readonly<Record<string, Look>> = {
  succeeded: 'green',
  'rolled-back': 'red',
  aborted: 'red',
  rejected: 'red',
  superseded: 'yellow',
  'needs-operator': 'red',
  held: 'yellow',
  paused: 'yellow',
  waiting: 'yellow',
  watching: 'blue',
}

/** A state in its colour, with the phase where that says more. */
export function stateText(
  { state, phase, stuck }: Pick<ReleaseReading, 'state' | 'phase' | 'stuck'>,
  paint: Terminal['paint'],
): string {
  const shown = paint([stateLook[state] ?? 'cyan', 'bold'], state)
  const more = phase && phase !== state && !isEnded(state) ? paint('dim', ` · ${phase}`) : ''
  return `${shown}${more}${stuck ? paint(['red', 'bold'], ' · stuck') : ''}`
}

function heading({ release, nowMs, columns, paint }: Picture): string[] {
  const { id, version, environment, createdAt, endedAt, reached } = release
  const where = environment
    ? `  ${paint('dim', 'in')} ${environment}`
    : (reached ?? []).length > 0
      ? `  ${paint('dim', 'reached')} ${reached?.join(', ')}`
      : ''
  const left = `  ${paint('bold', id)}  ${paint('cyan', version)}${where}`
  const since = createdAt ? durationText((endedAt ? Date.parse(endedAt) : nowMs) - Date.parse(createdAt)) : ''
  const right = `${stateText(release, paint)}  ${paint('dim', since)}`
  const gap = Math.min(columns, 100) - cells(left) - cells(right)
  return [gap > 1 ? `${left}${' '.repeat(gap)}${right}` : left, ...(gap > 1 ? [] : [`  ${right}`])]
}

/** Its revision was stable already: no step was taken, and no traffic moved. */
const isAsItWas = ({ reason }: ReleaseReading): boolean => reason?.code === 'nothing-to-do'

/** `✔ 10 %  ● 50 %  ○ 100 %  ○ watch`: what is behind, here, ahead. */
function stepLine({ release, nowMs, paint }: Picture): string[] {
  const { moves, move, state, phase, phaseSince } = release
  if (!moves || isAsItWas(release)) return []
  const back = state === 'rolled-back' || state === 'aborted' || phase === 'going-back'
  const at = positionOf(release, moves.length)
  const names = [...moves.map(({ weight, gate }) => `${weight} %${gate ? ' gate' : ''}`), '100 %', 'watch']
  const steps = names.map((name, i) => {
    if (back) return i <= at ? paint('red', `✘ ${name}`) : paint('dim', `○ ${name}`)
    return i < at ? paint('green', `✔ ${name}`) : i === at ? paint(['cyan', 'bold'], `● ${name}`) : paint('dim', `○ ${name}`)
  })
  const bake = phase === 'baking' ? moves[move ?? 0]?.bake : null
  const range = bake ? `bakes ${declaredDuration(bake.minMs)} to ${declaredDuration(bake.maxMs)}` : ''
  const since = phaseSince && !isEnded(state) ? `${durationText(nowMs - Date.parse(phaseSince))} in this phase` : ''
  const note = [range, since].filter(Boolean).join(', ')
  return [`  ${steps.join('   ')}${note ? `   ${paint('dim', note)}` : ''}`, '']
}

function positionOf({ state, phase, move }: ReleaseReading, count: number): number {
  if (state === 'succeeded') return count + 2
  if (phase === 'watching' || phase === 'retiring') return count + 1
  if (phase === 'promoting') return count
  return phase === 'queued' || phase === 'starting' || state === 'accepted' ? -1 : (move ?? 0)
}

const barWidth = 24

function sideLines({ release, analysis, paint }: Picture): string[] {
  const { stable, canary, weightPercent, state } = release
  if (weightPercent === null || weightPercent === undefined || !canary || isAsItWas(release)) return []
  const over = state === 'succeeded'
  const rows = [
    ...(stable
      ? [
          sideRow(
            over ? 'before' : 'stable',
            stable.version,
            over ? 0 : 100 - weightPercent,
            analysis?.stable ?? null,
            'green',
            paint,
          ),
        ]
      : []),
    sideRow(over ? 'stable' : 'canary', canary.version, over ? 100 : weightPercent, analysis?.canary ?? null, 'cyan', paint),
  ]
  const label = Math.max(...rows.map(({ label }) => cells(label)))
  const head = `${' '.repeat(label + 4)}${padEnd('traffic', barWidth + 7)}${padStart('requests', 12)}${padStart('errors', 10)}${padStart('rate', 9)}`
  return [paint('dim', head), ...rows.map(({ label: text, rest }) => `  ${padEnd(text, label)}  ${rest}`), '']
}

function sideRow(
  role: string,
  version: string,
  weight: number,
  side: SideReading | null,
  look: Look,
  paint: Terminal['paint'],
): { label: string; rest: string } {
  const { full, rest } = bar(weight / 100, barWidth)
  const counted = side
    ? `${padStart(countText(side.requests), 12)}${padStart(countText(side.errors), 10)}${padStart(side.requests > 0 ? percentText(side.errors / side.requests) : '-', 9)}`
    : ''
  const bad = side !== null && side.requests > 0 && side.errors / side.requests > 0.01
  return {
    label: `${paint('dim', role)} ${paint('bold', plain(version))}`,
    rest: `${paint(look, full)}${paint('dim', rest.replaceAll(' ', '·'))}${padStart(`${weight} %`, 7)}${bad ? paint('red', counted) : counted}`,
  }
}

/** E against its limit, on a logarithmic scale from 1: what one look adds is one length, whatever came before. */
function evidenceLines({ release, analysis, paint }: Picture): string[] {
  const evidence = analysis?.evidence
  if (!evidence || isEnded(release.state)) return []
  const share = Math.max(0, evidence.logE) / evidence.logLimit
  const { full, rest } = bar(share, barWidth + 16)
  const look: Look = share >= 0.75 ? 'red' : share >= 0.4 ? 'yellow' : 'green'
  const scale = `${paint(look, full)}${paint('dim', `${rest.replaceAll(' ', '·')}│`)}`
  const line = `  ${paint('dim', evidence.name)}  ${scale} E ${expText(evidence.logE)} of ${expText(evidence.logLimit)}`
  return [line, ...(analysis.note ? [`  ${paint('yellow', analysis.note)}`] : []), '']
}

/** e^log with two digits, as people write it: `0.8`, `43`, `1.2e6`. */
export function expText(log: number): string {
  const value = Math.exp(log)
  if (value >= 1e5) return `${(value / 10 ** Math.floor(Math.log10(value))).toFixed(1)}e${Math.floor(Math.log10(value))}`
  return value >= 10 ? countText(value) : value.toFixed(1)
}
