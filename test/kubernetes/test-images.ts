/** Adds images to those that the process kubelet of the run's cluster knows. */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { imagesFile } from '../cluster/parts.ts'

/** Writes the file whole or not at all, because the kubelet may read it meanwhile. */
export async function addImages(kubeconfig: string, images: object): Promise<void> {
  const file = imagesFile(dirname(kubeconfig))
  const before = JSON.parse(await readFile(file, 'utf8')) as object
  await writeFile(`${file}.new`, JSON.stringify({ ...before, ...images }), { mode: 0o600 })
  await rename(`${file}.new`, file)
}
