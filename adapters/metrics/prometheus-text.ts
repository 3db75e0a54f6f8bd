/** Parses Prometheus text, format 0.0.4, strictly: a malformed line is an error, not a zero. */

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

// A line ends with a line feed only. Other separators may be part of a label's value.
const line = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)(?: -?\d+)?$/s
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)",?/sy

/** NaN and infinities are valid here; code that reads a counter refuses them. @throws Error naming the malformed line */
export function parsePrometheusText(text: string): readonly Sample[] {
  return text.split('\n').flatMap((row) => {
    if (row === '' || row.startsWith('#')) return []
    const match = line.exec(row)
    if (!match?.[1] || match[3] === undefined) throw new Error(`not Prometheus text: ${row.slice(0, 80)}`)
    const value = numberOf(match[3])
    if (value === null) throw new Error(`not a value: ${row.slice(0, 80)}`)
    return [{ name: match[1], labels: labelsOf(match[2] ?? ''), value }]
  })
}

const infinities: Readonly<Record<string, number>> = { '+Inf': Infinity, Inf: Infinity, '-Inf': -Infinity, NaN: Number.NaN }

/** Null for a text that is no number in this format. */
export function numberOf(text: string): number | null {
  const value = infinities[text]
  if (value !== undefined) return value
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : null
}

function labelsOf(text: string): Record<string, string> {
  const labels: [string, string][] = []
  label.lastIndex = 0
  while (label.lastIndex < text.length) {
    const at = label.lastIndex
    const match = label.exec(text)
    if (!match?.[1]) throw new Error(`not a label: ${text.slice(at, at + 80)}`)
    labels.push([match[1], (match[2] ?? '').replace(/\\(.)/gs, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))])
  }
  // fromEntries makes own members, even for a label with a name such as __proto__.
  return Object.fromEntries(labels)
}
