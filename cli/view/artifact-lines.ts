/** What a release of a folder would include, in a few lines: the size, what is left out and why, and what Git ignores. */
import type { ArtifactContents } from '../../schema/artifact.ts'
import type { Terminal } from '../terminal.ts'
import { plain } from '../terminal.ts'

const named = 10

export function artifactLines(path: string, contents: ArtifactContents, paint: Terminal['paint']): string[] {
  const { files, sizeBytes, leftOut, leftOutCount, gitIgnored } = contents
  const shown = leftOut.slice(0, named)
  const more = leftOutCount - shown.length
  return [
    `${plain(path)}: ${filesText(files)}, ${sizeText(sizeBytes)}`,
    ...shown.map(({ path: name, why }) => paint('dim', `  without ${plain(name)} (${plain(why)})`)),
    ...(more > 0 ? [paint('dim', `  and without ${more} more`)] : []),
    ...(gitIgnored.files > 0
      ? [paint('dim', `  with ${filesText(gitIgnored.files)} that Git ignores, ${sizeText(gitIgnored.sizeBytes)}`)]
      : []),
  ]
}

const filesText = (files: number): string => `${files.toLocaleString('en-US')} ${files === 1 ? 'file' : 'files'}`

/** In units of 1,000, like `ls --si`. */
export function sizeText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB'] as const
  const at = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)))
  const value = bytes / 1000 ** at
  return `${at === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[at]}`
}
