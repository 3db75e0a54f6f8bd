/**
 * A release as lines: its step, the split of traffic, the counts of both versions, and how near the evidence is to the limit at which the
 * release is reverted. Pure: the same release at the same instant gives the same lines.
 */
import type { AnalysisSummary, SideSummary } from '../analysis-summary.ts'
import { isEnded, needsPerson } from '../exit-codes.ts'
import type { EventAnswer, ReleaseAnswer } from '../api-answers.ts'
import type { Style, Terminal } from '../terminal.ts'
import { plain } from '../terminal.ts'
import { bar, cells, countText, padEnd, padStart, percentText, wrap } from './columns.ts'
import { declaredDuration, durationText } from './duration.ts'
import { eventLines } from './event-line.ts'

export interface Picture {
  readonly release: ReleaseAnswer
  readonly analysis: AnalysisSummary | null
  readonly events: readonly EventAnswer[]
  /** How many of the newest events are shown. */
  readonly eventRows: number
  readonly nowMs: number
  readonly columns: number
  readonly paint: Terminal['paint']
  /** The line at the bottom: a lost connection, or how to leave. */
  readonly footer: string | null
}

export function releaseLines(picture: Picture): string[] {
  const { release, paint, columns, events, eventRows, footer } = picture
  const { reason, state, phase } = release
  const lines = [...heading(picture), '', ...stepLine(picture), ...sideLines(picture), ...evidenceLines(picture)]
  if (reason) lines.push(...paragraph(`${reason.code}: ${reason.detail}`, isEnded(state) ? 'dim' : 'yellow', picture), '')
  if (reason?.hint) lines.push(...paragraph(reason.hint, 'dim', picture), '')
  const waits = waitText(release)
  if (waits) lines.push(...paragraph(waits, needsPerson({ state, phase: phase ?? null }) ? 'yellow' : 'dim', picture), '')
  for (const event of events.slice(-eventRows)) lines.push(...eventLines(event, paint, columns - 3).map((line) => `  ${line}`))
  if (footer) lines.push('', ...paragraph(footer, 'dim', picture))
  return lines
}

const paragraph = (text: string, style: Style, { columns, paint }: Picture): string[] =>
  wrap(plain(text), Math.min(columns, 100) - 3).map((line) => `  ${paint(style, line)}`)

/** What it waits for, and the requests that are legal now. */
export function waitText({ waitsFor, legalRequests, state }: ReleaseAnswer): string {
  const what = waitsFor ?? ''
  const moves = ['held', 'paused', 'needs-operator', 'waiting'].includes(state) ? (legalRequests ?? []) : []
  const may = moves.length > 0 ? `you may ${moves.join(', ').replaceAll('promote-fully', 'promote --fully')}` : ''
  return [what && `waits for ${what}`, may].filter(Boolean).join(' · ')
}

const stateStyle: Readonly<Record<string, Style>> = {
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

/** A state in its colour, with the phase where the two differ. */
export function stateText(
  { state, phase, stuck }: Pick<ReleaseAnswer, 'state' | 'phase' | 'stuck'>,
  paint: Terminal['paint'],
): string {
  const shown = paint([stateStyle[state] ?? 'cyan', 'bold'], state)
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
  const gap = Math.min(columns - 1, 100) - cells(left) - cells(right)
  return [gap > 1 ? `${left}${' '.repeat(gap)}${right}` : left, ...(gap > 1 ? [] : [`  ${right}`])]
}

/** Whether its revision was stable already, so that no step was taken and no traffic moved. */
const isAsItWas = ({ reason }: ReleaseAnswer): boolean => reason?.code === 'nothing-to-do'

/** `✔ 10 %  ● 50 %  ○ 100 %  ○ watch`: the steps that are done, the present one, and those to come. */
function stepLine({ release, nowMs, columns, paint }: Picture): string[] {
  const { moves, move, state, phase, phaseSince } = release
  if (!moves || isAsItWas(release)) return []
  const back = state === 'rolled-back' || state === 'aborted' || phase === 'reverting'
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
  const line = `  ${steps.join('   ')}`
  const isFitting = cells(line) + 3 + cells(note) < columns
  if (note === '' || isFitting) return [`${line}${note && `   ${paint('dim', note)}`}`, '']
  return [line, `  ${paint('dim', note)}`, '']
}

function positionOf({ state, phase, move }: ReleaseAnswer, count: number): number {
  if (state === 'succeeded') return count + 2
  if (phase === 'watching' || phase === 'removing-old') return count + 1
  if (phase === 'promoting') return count
  return phase === 'queued' || phase === 'starting' || state === 'accepted' ? -1 : (move ?? 0)
}

/**
 * The names of the two versions. A rollback has no canary, and the version that it replaces is not called stable. A first version has no
 * other beside it.
 */
function rolesOf({ kind, state, stable }: ReleaseAnswer): readonly [old: string, fresh: string] {
  if (state === 'succeeded') return ['before', 'stable']
  if (kind === 'rollback') return ['from', 'back to']
  return ['stable', stable ? 'canary' : 'new']
}

const barWidth = 24

function sideLines({ release, analysis, columns, paint }: Picture): string[] {
  const { stable, canary, weightPercent, state } = release
  if (weightPercent === null || weightPercent === undefined || !canary || isAsItWas(release)) return []
  const over = state === 'succeeded'
  const [old, fresh] = rolesOf(release)
  const label =
    Math.max(cells(old), cells(fresh)) + 1 + Math.max(cells(plain(stable?.version ?? '')), cells(plain(canary.version)))
  // Leaves room beside the bar for weight, requests, errors and rate.
  const width = Math.max(3, Math.min(barWidth, columns - label - 4 - 38 - 1))
  const rows = [
    ...(stable
      ? [sideRow(old, stable.version, over ? 0 : 100 - weightPercent, analysis?.stable ?? null, 'green', width, paint)]
      : []),
    sideRow(fresh, canary.version, over ? 100 : weightPercent, analysis?.canary ?? null, 'cyan', width, paint),
  ]
  const ended = [
    [stable?.version, analysis?.replicas.stable],
    [canary.version, analysis?.replicas.canary],
  ].flatMap(([version, text]) => (text ? [`  ${paint('red', plain(`${version}: ${text}`))}`] : []))
  const head = `${' '.repeat(label + 4)}${padEnd('traffic', width + 7)}${padStart('requests', 12)}${padStart('errors', 10)}${padStart('rate', 9)}`
  return [paint('dim', head), ...rows.map(({ label: text, rest }) => `  ${padEnd(text, label)}  ${rest}`), ...ended, '']
}

function sideRow(
  role: string,
  version: string,
  weight: number,
  side: SideSummary | null,
  style: Style,
  width: number,
  paint: Terminal['paint'],
): { label: string; rest: string } {
  const { full, rest } = bar(weight / 100, width)
  const counted = side
    ? `${padStart(countText(side.requests), 12)}${padStart(countText(side.errors), 10)}${padStart(side.requests > 0 ? percentText(side.errors / side.requests) : '-', 9)}`
    : ''
  const bad = side !== null && side.requests > 0 && side.errors / side.requests > 0.01
  return {
    label: `${paint('dim', role)} ${paint('bold', plain(version))}`,
    rest: `${paint(style, full)}${paint('dim', rest.replaceAll(' ', '·'))}${padStart(`${weight} %`, 7)}${bad ? paint('red', counted) : counted}`,
  }
}

/** E against its limit, on a logarithmic scale from 1, so that the same evidence of a look always has the same length. */
function evidenceLines(picture: Picture): string[] {
  const { release, analysis, columns, paint } = picture
  const evidence = analysis?.evidence
  if (!evidence || isEnded(release.state)) return []
  const share = Math.max(0, evidence.logE) / evidence.logLimit
  const figures = `E ${expText(evidence.logE)} of ${expText(evidence.logLimit)}`
  const room = columns - cells(evidence.name) - cells(figures) - 7
  const { full, rest } = bar(share, Math.max(4, Math.min(barWidth + 16, room)))
  const style: Style = share >= 0.75 ? 'red' : share >= 0.4 ? 'yellow' : 'green'
  const scale = `${paint(style, full)}${paint('dim', `${rest.replaceAll(' ', '·')}│`)}`
  const line = `  ${paint('dim', evidence.name)}  ${scale} ${figures}`
  const notes = [analysis.note, ...analysis.cautions].flatMap((text) => (text ? paragraph(text, 'yellow', picture) : []))
  const near = analysis.toPass && release.phase === 'baking' ? paragraph(`pass: ${analysis.toPass}`, 'dim', picture) : []
  return [line, ...near, ...notes, '']
}

/** e^log in a short form: `0.8`, `43`, `1.2e6`. */
export function expText(log: number): string {
  const value = Math.exp(log)
  if (value >= 1e5) return `${(value / 10 ** Math.floor(Math.log10(value))).toFixed(1)}e${Math.floor(Math.log10(value))}`
  return value >= 10 ? countText(value) : value.toFixed(1)
}
