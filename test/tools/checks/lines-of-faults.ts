/** Judges one file that a test writes by one check. */
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

type FileCheck = (root: string, files: readonly string[]) => Promise<readonly { readonly line: number }[]>

/** The lines that `check` refuses in `file` with this text, under a root of its own. */
export async function linesOfFaults(check: FileCheck, text: string, file = 'adapters/one.ts'): Promise<readonly number[]> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'holdfast-check-'))
  await mkdir(dirname(join(folder.path, file)), { recursive: true })
  await writeFile(join(folder.path, file), `${text}\n`)
  return (await check(folder.path, [file])).map(({ line }) => line)
}
