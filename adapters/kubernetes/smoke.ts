/** Smoke tests reach a revision by its own Service, through the API server's proxy: whatever its weight, and from outside of the cluster. */
import type { EnvironmentRef } from '../../domain/identity.ts'
import type { SmokeTest } from '../../domain/plan/service.ts'
import { isProblem } from '../../domain/problem.ts'
import type { SmokeResult } from '../target/target.ts'
import type { ApiServer } from './api-server.ts'
import { revisionName } from './objects.ts'
import { resourcePath } from './resource.ts'

export async function smokeThrough(
  server: ApiServer,
  namespace: string,
  ref: EnvironmentRef,
  revision: string,
  test: SmokeTest,
): Promise<SmokeResult> {
  if ('command' in test) return { ok: false, detail: 'commands do not run on a cluster' }
  const { path, status, withinMs } = test
  const service = `${resourcePath('Service', namespace)}/${revisionName(ref, revision)}:http`
  const asked = { verb: 'get', resource: 'services/proxy', namespace }
  const startedAtMs = Date.now()
  try {
    const { httpStatus } = await server.text(asked, `${service}/proxy${path}`, withinMs)
    const detail = `GET ${path} answered ${httpStatus} in ${Date.now() - startedAtMs} ms, expected ${status}`
    return { ok: httpStatus === status, detail }
  } catch (error) {
    if (!isProblem(error, 'target-unavailable')) throw error
    // What used up its time may be the version. Before that it is the API server that is away, which says nothing about the version.
    if (Date.now() - startedAtMs < withinMs) throw error
    return { ok: false, detail: `GET ${path} did not answer within ${withinMs} ms` }
  }
}
