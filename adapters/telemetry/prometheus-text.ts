/** Reads Prometheus text, format 0.0.4: what a process serves at `/metrics`. */

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Family {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly samples: readonly Sample[]
}

interface OpenFamily extends Family {
  type: string
  help: string
  readonly samples: Sample[]
}

export function familiesOf(text: string): readonly Family[] {
  const families = new Map<string, OpenFamily>()
  const family = (name: string): OpenFamily => {
    const known = families.get(name) ?? { name, type: 'untyped', help: '', samples: [] }
    families.set(name, known)
    return known
  }
  for (const line of text.split('\n')) {
    const [, what, of = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? []
    if (what === 'HELP') family(of).help = rest
    else if (what === 'TYPE') family(of).type = rest
    else {
      const sample = sampleOf(line)
      if (sample) family(families.has(sample.name) ? sample.name : baseOf(sample.name, families)).samples.push(sample)
    }
  }
  return [...families.values()].filter(({ samples }) => samples.length > 0)
}

/** A histogram's samples have names of their own. */
function baseOf(name: string, families: ReadonlyMap<string, Family>): string {
  const base = name.replace(/_(bucket|sum|count)$/, '')
  return families.has(base) ? base : name
}

function sampleOf(line: string): Sample | null {
  const [, name, labels = '', value = ''] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$/.exec(line) ?? []
  return name === undefined ? null : { name, labels: labelsOf(labels), value: numberOf(value) }
}

const labelsOf = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...text.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)].map(([, name = '', value = '']) => [
      name,
      value.replace(/\\(.)/g, (_whole, escaped: string) => (escaped === 'n' ? '\n' : escaped)),
    ]),
  )

export const numberOf = (text: string): number => Number(text.replace('Inf', 'Infinity'))
