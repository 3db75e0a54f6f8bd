/** Splits the text of `/metrics` into families. */
import { parsePrometheusText } from '../metrics/prometheus-text.ts'
import type { Sample } from '../metrics/prometheus-text.ts'

export interface Family {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly samples: readonly Sample[]
}

/** @throws Error naming the malformed line */
export function familiesOf(text: string): readonly Family[] {
  const metadata = { HELP: new Map<string, string>(), TYPE: new Map<string, string>() }
  for (const line of text.split('\n')) {
    const [, what, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/s.exec(line) ?? []
    if (what !== undefined) metadata[what as keyof typeof metadata].set(name, rest)
  }
  const familyOf = ({ name }: Sample) => (metadata.TYPE.has(name) ? name : baseOf(name, metadata.TYPE))
  return [...Map.groupBy(parsePrometheusText(text), familyOf)].map(([name, samples]) => ({
    name,
    type: metadata.TYPE.get(name) ?? 'untyped',
    help: metadata.HELP.get(name) ?? '',
    samples,
  }))
}

/** A histogram's samples have names of their own. */
function baseOf(name: string, types: ReadonlyMap<string, string>): string {
  const base = name.replace(/_(bucket|sum|count)$/, '')
  return types.has(base) ? base : name
}
