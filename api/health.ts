/** Whether the API is alive and ready, and which of its dependencies are up. Reads need the database only. */
import type { ApiDependencies } from './dependencies.ts'

export interface Component {
  readonly ok: boolean
  readonly detail: string | null
}

export interface HealthReport {
  readonly status: 'ok' | 'degraded' | 'down'
  readonly components: Readonly<Record<'database' | 'temporal' | 'disk' | 'state', Component>>
}

/** `down` without the database. `degraded` when only starts and requests have to wait, a disk is full, or state was set aside. */
export async function healthReport(
  dependencies: Pick<ApiDependencies, 'pingDatabase' | 'control' | 'fullDisk' | 'setAside'>,
): Promise<HealthReport> {
  const [database, temporal, disk, state] = await Promise.all([
    componentOf(dependencies.pingDatabase),
    componentOf(() => dependencies.control.ping()),
    diskOf(dependencies),
    stateOf(dependencies),
  ])
  const status = !database.ok ? 'down' : temporal.ok && disk.ok && state.ok ? 'ok' : 'degraded'
  return { status, components: { database, temporal, disk, state } }
}

/** A full disk does not make the API unready, because a release can be aborted as long as the database accepts a row. */
export async function diskOf({ fullDisk }: Pick<ApiDependencies, 'fullDisk'>): Promise<Component> {
  const detail = await fullDisk()
  return { ok: detail === null, detail }
}

/** An environment whose state was set aside is not served until the next release. */
export async function stateOf({ setAside }: Pick<ApiDependencies, 'setAside'>): Promise<Component> {
  const names = await setAside()
  return { ok: names.length === 0, detail: names.length === 0 ? null : `set aside: ${names.join(', ')}` }
}

/** Reads need the database, and nothing else. */
export const canRead = async ({ pingDatabase }: Pick<ApiDependencies, 'pingDatabase'>): Promise<boolean> =>
  (await componentOf(pingDatabase)).ok

async function componentOf(ping: () => Promise<void>): Promise<Component> {
  try {
    await ping()
    return { ok: true, detail: null }
  } catch {
    return { ok: false, detail: 'does not answer' }
  }
}
