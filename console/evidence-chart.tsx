/**
 * E and its limit over time, on a log scale. The release is reverted when a line reaches its limit. Looks that did not count are marked.
 */
import type { LookRow } from '../domain/analysis/look-row.ts'
import type { Line, Scale } from './chart.tsx'
import { Chart } from './chart.tsx'

const lines: readonly Line[] = [
  { label: 'E', colour: '--accent', style: 'line' },
  { label: 'limit of E', colour: '--bad', style: 'dashed' },
  { label: 'guardrail', colour: '--violet', style: 'line' },
  { label: 'limit of the guardrail', colour: '--violet', style: 'dashed' },
  { label: 'did not count', colour: '--warn', style: 'marks' },
]

const guardrailLines = lines.slice(2)

/** Values are decimal exponents. An E below a hundredth is drawn as a hundredth: it only says that all is well. */
const lowest = -2
const highest = 30

const scale: Scale = {
  range: (_, max) => [lowest, Math.max(3, Math.ceil(max) + 0.5)],
  splits(min, max) {
    const every = Math.max(1, Math.ceil((max - min) / 7))
    return Array.from({ length: Math.floor((max - lowest) / every) + 1 }, (_, i) => lowest + i * every)
  },
  text: exponentText,
}

export function EvidenceChart({ looks }: { readonly looks: readonly LookRow[] }) {
  const last = looks.at(-1)
  if (!last) return null
  const { logE, logLimit, guardrail } = last
  // Without a stable version there is no comparison and no E.
  const isCompared = looks.some(({ stable }) => stable !== null && stable.total > 0)
  const isDiscarded = ({ note }: LookRow) => note !== null && note !== 'torn'
  const discarded = looks.filter(isDiscarded).length
  return (
    <figure>
      <figcaption>
        {isCompared && `E = ${evidenceText(logE)} of ${evidenceText(logLimit)}, `}guardrail {evidenceText(guardrail.canary)} of{' '}
        {evidenceText(guardrail.limit)}
        {discarded > 0 && <span className="quiet"> · {discarded} looks did not count</span>}
        {last.note && <span className="quiet"> · the last one: {last.note.replaceAll('-', ' ')}</span>}
      </figcaption>
      <Chart
        label={`${isCompared ? `E is ${evidenceText(logE)} of ${evidenceText(logLimit)}` : `The guardrail is ${evidenceText(guardrail.canary)} of ${evidenceText(guardrail.limit)}`} over ${looks.length} looks`}
        lines={isCompared ? lines : guardrailLines}
        scale={scale}
        atMs={looks.map(({ atMs }) => atMs)}
        values={[
          ...(isCompared ? [looks.map((row) => exponent(row.logE)), looks.map((row) => exponent(row.logLimit))] : []),
          looks.map((row) => exponent(row.guardrail.canary)),
          looks.map((row) => exponent(row.guardrail.limit)),
          looks.map((row) => (isDiscarded(row) ? exponent(isCompared ? row.logE : row.guardrail.canary) : null)),
        ]}
      />
    </figure>
  )
}

/** The decimal exponent of a natural logarithm, within the chart. */
const exponent = (log: number): number => Math.min(highest, Math.max(lowest, log / Math.LN10))

/** E as a number people read: `0.42`, `125`, `3.1e+9`. */
export function evidenceText(log: number): string {
  const value = Math.exp(Math.min(log, 700))
  if (value >= 1e6 || (value < 1e-3 && value > 0)) return value.toExponential(1)
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3)
}

function exponentText(power: number): string {
  const text = evidenceText(power * Math.LN10)
  return text.includes('e') ? text.replace('.0e', 'e') : String(Number(text))
}
