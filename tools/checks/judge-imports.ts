/** Checks the imports of one file against the table. Pure: other code reads the files. */
import { posix } from 'node:path'
import { computedImports, importTable } from './import-table.ts'
import type { RoomRow, Strength } from './import-table.ts'
import type { Import, SourceRead } from './read-imports.ts'

export interface Finding {
  readonly file: string
  readonly line: number
  readonly message: string
}

/** The findings in `file` (a path from the root, with `/`). Each message names the refused import. */
export function judgeFile(file: string, { imports, clockLines }: SourceRead): Finding[] {
  const room = roomOf(file)
  const row = importTable[room]
  if (!row) return [{ file, line: 1, message: `${room} is not a room: give it a row in tools/checks/import-table.ts` }]
  const findings: Finding[] = []
  for (const found of imports) {
    const message = judge(file, room, row, found)
    if (message) findings.push({ file, line: found.line, message })
  }
  if (room === 'domain' || room === 'workflows') {
    for (const line of clockLines) findings.push({ file, line, message: `${room} may not read the clock: pass now in` })
  }
  return findings
}

/** The path from the root that a relative import of `file` resolves to; undefined for packages. */
export function targetOf(file: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : undefined
}

function judge(file: string, room: string, row: RoomRow, { specifier, strength }: Import): string | undefined {
  if (specifier === null) {
    return computedImports.includes(file) ? undefined : `${room} may not import a computed path: it cannot be checked`
  }
  const target = targetOf(file, specifier)
  if (target === undefined) return judgePackage(file, room, row, specifier, strength)
  if (target.startsWith('..')) return `${room} may not import from outside the tree: ${specifier}`
  const closed = row.closed?.find((path) => target.startsWith(path))
  if (closed) return `${room} may not import ${closed}`
  if (roomOf(target) === room) return undefined
  const granted = strongest(allowancesOf(file, row).map(({ rooms }) => strengthFor(rooms, target)))
  if (granted === 'values' || granted === strength) return undefined
  return granted === 'types'
    ? `${room} may import only types of ${roomOf(target)}: write import type`
    : `${room} may not import ${roomOf(target)}`
}

function judgePackage(file: string, room: string, row: RoomRow, specifier: string, strength: Strength): string | undefined {
  const name = packageOf(specifier)
  const allowances = allowancesOf(file, row)
  if (allowances.some(({ packages }) => packages.some((allowed) => matches(allowed, name)))) return undefined
  const typesAllowed = allowances.some(({ packageTypes }) => packageTypes?.some((allowed) => matches(allowed, name)))
  if (typesAllowed)
    return strength === 'types' ? undefined : `${room} may import only types of the package ${name}: write import type`
  return `${room} may not import the package ${name}`
}

/** The row and those of its parts that `file` is in. A part with `instead` replaces the row. */
function allowancesOf(file: string, row: RoomRow): readonly Pick<RoomRow, 'rooms' | 'packages' | 'packageTypes'>[] {
  const parts = (row.parts ?? []).filter(({ path }) => file.startsWith(path))
  return parts.some(({ instead }) => instead) ? parts : [row, ...parts]
}

function strengthFor(rooms: RoomRow['rooms'], target: string): Strength | undefined {
  return strongest(Object.entries(rooms).map(([path, strength]) => (isWithin(path, target) ? strength : undefined)))
}

function strongest(strengths: readonly (Strength | undefined)[]): Strength | undefined {
  return strengths.includes('values') ? 'values' : strengths.find((strength) => strength !== undefined)
}

const isWithin = (path: string, target: string): boolean => target === path || target.startsWith(`${path}/`)

const roomOf = (path: string): string => path.split('/')[0] ?? path

const matches = (allowed: string, name: string): boolean =>
  allowed === name ||
  (allowed === 'node:' && name.startsWith('node:')) ||
  (allowed.endsWith('/*') && name.startsWith(allowed.slice(0, -1)))

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
