/** Any JSON as indented lines: for answers whose every member matters. */
import type { Terminal } from '../terminal.ts'
import { plain } from '../terminal.ts'
import { durationText } from './duration.ts'

/** Members without a value are left out; a duration is said as one, by the unit in its name. */
export function treeLines(value: unknown, paint: Terminal['paint'], indent = '  '): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => itemLines(item, paint, indent))
  if (value === null || typeof value !== 'object') return [`${indent}${scalar('', value)}`]
  return Object.entries(value).flatMap(([name, member]) => {
    if (isEmpty(member)) return []
    const label = paint('dim', `${words(name)}:`)
    if (typeof member !== 'object') return [`${indent}${label} ${scalar(name, member)}`]
    if (Array.isArray(member) && member.every((one) => typeof one !== 'object'))
      return [`${indent}${label} ${member.map((one) => scalar('', one)).join(', ')}`]
    return [`${indent}${label}`, ...treeLines(member, paint, `${indent}  `)]
  })
}

function itemLines(item: unknown, paint: Terminal['paint'], indent: string): string[] {
  const [first = '', ...rest] = treeLines(item, paint, `${indent}  `)
  return [`${indent}- ${first.trimStart()}`, ...rest]
}

const isEmpty = (value: unknown): boolean =>
  value === null || value === undefined || (typeof value === 'object' && Object.keys(value).length === 0)

const words = (name: string): string =>
  name
    .replace(/Ms$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()

const scalar = (name: string, value: unknown): string =>
  name.endsWith('Ms') && typeof value === 'number' ? durationText(value) : plain(String(value))
