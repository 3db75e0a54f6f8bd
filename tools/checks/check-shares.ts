/** No room has more than a fifth of the code that ships. A larger one holds two subjects that nobody has told apart yet. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Finding } from './judge-imports.ts'
import { roomOf } from './room-of.ts'

const mostShare = 0.2
const page = 'ARCHITECTURE.md'

/** Only developers run these; `.` is the files at the top of the tree. Every other room ships. */
const beside: readonly string[] = ['.', 'tools', 'loadtests', 'test']

/** @param files paths of sources from `root` */
export async function checkShares(root: string, files: readonly string[]): Promise<Finding[]> {
  const lines = new Map<string, number>()
  for (const file of files) {
    const room = roomOf(file)
    if (beside.includes(room)) continue
    const text = await readFile(join(root, file), 'utf8')
    lines.set(room, (lines.get(room) ?? 0) + text.split('\n').length - 1)
  }
  const all = [...lines.values()].reduce((sum, count) => sum + count, 0)
  return [...lines]
    .filter(([, count]) => count > mostShare * all)
    .map(([room, count]) => ({
      file: page,
      line: 1,
      message: `${room} has ${((100 * count) / all).toFixed(1)} % of the code that ships, more than ${100 * mostShare} %: cut it in two`,
    }))
}
