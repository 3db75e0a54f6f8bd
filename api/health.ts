/** Is the API alive, ready, and what of that which it needs is there? Reads need the database only. */
import type { ApiDoors } from './doors.ts'

export interface Component {
  readonly ok: boolean
  readonly detail: string | null
}

export interface HealthReport {
  readonly status: 'ok' | 'degraded' | 'down'
  readonly components: Readonly<Record<'database' | 'temporal', Component>>
}

/** `down` without the database; `degraded` where only starts and requests have to wait. */
export async function healthReport({ pingDatabase, control }: Pick<ApiDoors, 'pingDatabase' | 'control'>): Promise<HealthReport> {
  const [database, temporal] = await Promise.all([componentOf(pingDatabase), componentOf(() => control.ping())])
  return { status: !database.ok ? 'down' : temporal.ok ? 'ok' : 'degraded', components: { database, temporal } }
}

/** Reads need the database, and nothing else. */
export const canRead = async ({ pingDatabase }: Pick<ApiDoors, 'pingDatabase'>): Promise<boolean> =>
  (await componentOf(pingDatabase)).ok

async function componentOf(ping: () => Promise<void>): Promise<Component> {
  try {
    await ping()
    return { ok: true, detail: null }
  } catch {
    return { ok: false, detail: 'does not answer' }
  }
}
