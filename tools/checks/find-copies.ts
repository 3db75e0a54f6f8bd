/** Finds the copies of a package. Two copies of protobufjs make the replay of JSON histories fail with "type must be a Type". */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

const Lockfile = z.object({ packages: z.record(z.string(), z.object({ version: z.string().optional() })) })

/** The entries of `name` in a lockfile, as `path@version`. The lockfile is the tree's, or npm's own record of what is installed. */
export async function findCopies(root: string, lockfile: string, name: string): Promise<string[]> {
  const { packages } = Lockfile.parse(JSON.parse(await readFile(join(root, lockfile), 'utf8')))
  return Object.entries(packages)
    .filter(([path]) => path === `node_modules/${name}` || path.endsWith(`/node_modules/${name}`))
    .map(([path, { version }]) => `${path}@${version}`)
}
