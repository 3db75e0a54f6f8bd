/** The first API key: made when the credentials file has none that this database knows. */
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import type { Variables } from '../../adapters/config.ts'
import { createKey, createKeys, pepperOf } from '../../adapters/postgres/access/keys.ts'
import { createDatabase } from '../../adapters/postgres/database/database.ts'
import { readCredential, writeCredential } from '../../cli/credentials.ts'
import { credentialsFileOf } from '../../cli/settings.ts'
import type { Home } from './home.ts'
import type { Stack } from './stack.ts'

/** The key for the stack's API, from the credentials file or new and written there. */
export async function firstKey(stack: Stack, home: Home, env: Variables): Promise<string> {
  const db = createDatabase({ url: stack.databaseUrl, applicationName: 'holdfast-start', maxConnections: 1 })
  try {
    const pepper = pepperOf(readFileSync(home.pepperFile, 'utf8').trim())
    const file = credentialsFileOf(env)
    const kept = await readCredential(file, stack.apiUrl)
    if (kept && (await createKeys(db, pepper).verify(kept))) return kept
    const key = await createKey(db, pepper, { kind: 'person', id: userInfo().username }, ['*'])
    await writeCredential(file, stack.apiUrl, key)
    return key
  } finally {
    await db.close()
  }
}
