/** The room of a file: its folder at the top of the tree. Each folder of `adapters/` is a room of its own (docs/adr/0021). */
import { dirname } from 'node:path'

/** The path of the room; `.` for a file at the top of the tree. */
export function roomOf(file: string): string {
  const parts = dirname(file).split('/')
  return parts.slice(0, parts[0] === 'adapters' ? 2 : 1).join('/')
}
