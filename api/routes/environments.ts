/** Environments of a service: the stable version, the queue, the output of replicas; and the rollback, which belongs to one environment. */
import { historySpansMs } from '../../domain/analysis/dispersion.ts'
import { environmentKey } from '../../domain/identity.ts'
import { Problem } from '../../domain/problem.ts'
import type { Environment, Objective, ProviderRef } from '../../domain/plan/service.ts'
import { LogsQuery, instantMs } from '../../schema/queries.ts'
import { RollbackRequest, Started } from '../../schema/release.ts'
import { EnvironmentDetail, LogLine, LogLines } from '../../schema/service.ts'
import { verbOf } from '../../schema/verbs.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { findService } from '../find-service.ts'
import { lastLines, logStream } from '../log-stream.ts'
import { ok, route, started } from '../route.ts'
import { environmentView } from '../views/environment.ts'
import { recentTraffic } from '../views/recent-traffic.ts'

export const showEnvironment = route({
  verb: verbOf('environment', 'show'),
  answers: { 200: EnvironmentDetail },
  needs: ['services', 'queues', 'target', 'traffic', 'metrics'],
  async handle({ params }, dependencies) {
    const { service, environment, objective } = await declaredIn(dependencies, params)
    const stable = (await dependencies.services.stable(service)).find((row) => row.environment === environment.name)
    const measured = { ...environment, objective, ref: { service, environment: environment.name } }
    const [view, recent] = await Promise.all([
      environmentView(dependencies, service, environment, stable),
      recentTraffic(dependencies, measured, stable?.stable ?? null, historySpansMs.slice(0, 1)),
    ])
    return ok({ ...view, requestsPerSecond: recent?.traffic.requestsPerSecond ?? null })
  },
})

export const readLogs = route({
  verb: verbOf('logs', 'read'),
  query: LogsQuery,
  answers: { 200: LogLines },
  stream: { item: LogLine, resumes: false },
  needs: ['services', 'queues', 'target', 'printed'],
  async handle({ params, query: { version, lines, follow, since }, header, signal }, dependencies) {
    const { service, environment } = await declaredIn(dependencies, params)
    const ref = { service, environment: environment.name }
    if (version !== undefined && !(await dependencies.queues.knows(environmentKey(ref), version)))
      throw new Problem('not-found', `${version} was never released to ${environmentKey(ref)}`, {
        hint: `'holdfast release list ${service} -e ${environment.name}' shows the versions that were`,
      })
    const input = { ref, version, lines, sinceMs: since === undefined ? 0 : instantMs(since, Date.now()) }
    const target = dependencies.target(await runsOn(dependencies, service, environment))
    if (follow || header('Accept').includes('text/event-stream')) {
      const logs: typeof target.logs = (of, asked) =>
        dependencies.printed(JSON.stringify([environmentKey(of), asked]), () => target.logs(of, asked))
      return { status: 200, events: logStream({ logs }, input, signal) }
    }
    return ok({ items: await lastLines(target, input), nextCursor: null })
  },
})

export const startRollback = route({
  verb: verbOf('rollback', 'start'),
  body: RollbackRequest,
  answers: { 202: Started },
  needs: ['services', 'engine'],
  async handle({ params, body, ...caller }, { services, engine }) {
    const { service, environment } = await declaredIn({ services }, params)
    const input = { version: body.version ?? null, reason: body.reason }
    return started(await engine.startRollback({ service, environment: environment.name }, input, caller))
  },
})

/** The target of the stable version; before the first one, the declared target. A declaration may have changed since. */
async function runsOn(
  { services }: Pick<ApiDependencies, 'services'>,
  service: string,
  { name, target }: Environment,
): Promise<ProviderRef> {
  const row = (await services.stable(service)).find(({ environment }) => environment === name)
  return row?.stable?.target ?? target
}

/** @throws Problem not-found */
async function declaredIn(
  dependencies: Pick<ApiDependencies, 'services'>,
  params: Readonly<Record<string, string>>,
): Promise<{ readonly service: string; readonly environment: Environment; readonly objective: Objective }> {
  const { name: service, declaration } = await findService(dependencies, params.service ?? '')
  const environment = declaration.environments.find(({ name }) => name === params.environment)
  if (environment) return { service, environment, objective: declaration.objective }
  throw new Problem('not-found', `${service} has no environment ${params.environment ?? ''}`, {
    hint: `it has ${declaration.environments.map(({ name }) => name).join(', ')}`,
  })
}
