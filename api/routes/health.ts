/** Health for people and supervisors. It needs no credential and says no more than up or down. */
import { Health } from '../../schema/answers.ts'
import type { Verb } from '../../schema/verb.ts'
import { verbOf } from '../../schema/verbs.ts'
import { canRead, diskOf, healthReport, stateOf } from '../health.ts'
import type { Answer } from '../route.ts'
import { ok, route } from '../route.ts'

const probe = (path: string, summary: string): Verb => ({ ...verbOf('health', 'show'), path, summary })

export const health = route({
  verb: verbOf('health', 'show'),
  answers: { 200: Health, 503: Health },
  needs: ['pingDatabase', 'control', 'fullDisk', 'setAside'],
  async handle(_, dependencies): Promise<Answer> {
    const report = await healthReport(dependencies)
    return { status: report.status === 'down' ? 503 : 200, body: report }
  },
})

export const live = route({
  verb: probe('/livez', 'Whether the process answers'),
  answers: { 200: null },
  needs: [],
  handle: async () => ok({ status: 'ok' }),
})

export const startup = route({
  verb: probe('/startupz', 'Whether the process has started'),
  answers: { 200: null },
  needs: [],
  handle: async () => ok({ status: 'ok' }),
})

export const ready = route({
  verb: probe('/readyz', 'Whether the API can answer reads'),
  answers: { 200: null, 503: null },
  needs: ['pingDatabase', 'fullDisk', 'setAside'],
  async handle(_, dependencies): Promise<Answer> {
    const [isReady, disk, state] = await Promise.all([canRead(dependencies), diskOf(dependencies), stateOf(dependencies)])
    const status = !isReady ? 'down' : disk.ok && state.ok ? 'ok' : 'degraded'
    return { status: isReady ? 200 : 503, body: { status, disk: disk.detail, state: state.detail } }
  },
})
