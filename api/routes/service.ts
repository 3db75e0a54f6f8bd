/** Declares, lists, shows and removes services. */
import type { Declared, Expected, ServiceRow } from '../../adapters/postgres/services/services.ts'
import type { Stopping as Reverting } from '../../adapters/postgres/services/may-leave.ts'
import type { Difference } from '../../domain/plan/differences.ts'
import { differences } from '../../domain/plan/differences.ts'
import { declarationDigest } from '../../domain/plan/plan-release.ts'
import { Problem } from '../../domain/problem.ts'
import type { Service } from '../../domain/plan/service.ts'
import { parseDeclaration, parseDeclared } from '../../schema/document.ts'
import { ApplyQuery, PageQuery, StopQuery } from '../../schema/queries.ts'
import { Applied, ServiceDetail, ServiceList, Stopping } from '../../schema/service.ts'
import { verbOf } from '../../schema/verbs.ts'
import { assertDeclarable } from '../assert-declarable.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { findService } from '../find-service.ts'
import { pageRequest } from '../page.ts'
import { parseJson } from '../read-body.ts'
import { declaredBy } from '../remedies.ts'
import { stopEverything } from '../stop-everything.ts'
import { ok, route } from '../route.ts'
import { environmentView } from '../views/environment.ts'
import { firstOf } from '../../domain/bounds.ts'

export const applyService = route({
  verb: verbOf('service', 'apply'),
  media: 'yaml',
  query: ApplyQuery,
  etag: 'declarationDigest',
  answers: { 200: Applied, 201: Applied, 202: Stopping },
  needs: [
    'services',
    'control',
    'target',
    'traffic',
    'declaration',
    'settings',
    'namesCommands',
    'claimsOf',
    'heldClaims',
    'targetRefusal',
    'metricsRefusal',
    'hookRefusal',
  ],
  async handle({ params, query, text, header, signal }, dependencies) {
    const { declaration } = dependencies
    const { isYaml, value } = text
    const service = declaredBy(() =>
      isYaml ? parseDeclaration(declaration, value) : parseDeclared(declaration, parseJson(value)),
    )
    assertNamed(service, params.service ?? '')
    await assertDeclarable(service, dependencies, signal)
    const before = await dependencies.services.read(service.name)
    const changes = differences(before?.declaration ?? {}, service)
    if (query.dryRun) return ok(appliedBody(service, declarationDigest(service), { keepOld: [], changes, dryRun: true }))
    const applied = await dependencies.services.apply(service, expected(header('If-Match'), header('If-None-Match')), query.stop)
    if (applied.kind === 'stopping') return stopping(dependencies, service.name, applied)
    await stopEverything(dependencies, service.name, applied.dropped)
    await dependencies.services.ended(service.name, applied.dropped)
    return appliedAnswer(service, applied, changes)
  },
})

export const listServices = route({
  verb: verbOf('service', 'list'),
  query: PageQuery,
  answers: { 200: ServiceList },
  needs: ['services', 'queues', 'target', 'traffic'],
  async handle({ query }, dependencies) {
    const { items, nextCursor } = await dependencies.services.list(pageRequest(query))
    return ok({ items: await Promise.all(items.map((row) => serviceView(dependencies, row))), nextCursor })
  },
})

export const showService = route({
  verb: verbOf('service', 'show'),
  etag: 'declarationDigest',
  answers: { 200: ServiceDetail },
  needs: ['services', 'queues', 'target', 'traffic'],
  async handle({ params }, dependencies) {
    const row = await findService(dependencies, params.service ?? '')
    return ok({ ...(await serviceView(dependencies, row)), declaration: row.declaration })
  },
})

export const removeService = route({
  verb: verbOf('service', 'remove'),
  query: StopQuery,
  answers: { 202: Stopping, 204: null },
  needs: ['services', 'control', 'target', 'traffic'],
  async handle({ params, query }, dependencies) {
    const name = params.service ?? ''
    const removal = await dependencies.services.remove(name, query.stop)
    if (removal.kind === 'stopping') return stopping(dependencies, name, removal)
    await stopEverything(dependencies, name, removal.endings)
    await dependencies.services.ended(name, removal.endings)
    return { status: 204 }
  },
})

function appliedAnswer(service: Service, { digest, isNew, keepOld }: Declared, changes: readonly Difference[]) {
  const body = appliedBody(service, digest, { keepOld, changes, dryRun: false })
  return { status: isNew ? 201 : 200, body, headers: { Location: body.links.self } } as const
}

interface Advice {
  readonly keepOld: readonly string[]
  readonly changes: readonly Difference[]
  readonly dryRun: boolean
}

function appliedBody({ name, environments }: Service, digest: string, { dryRun, ...advice }: Advice) {
  const [keepOld, changes] = [firstOf(advice.keepOld), firstOf(advice.changes)]
  return {
    name,
    declarationDigest: digest,
    environments: environments.map((one) => one.name),
    keepOld: keepOld.items,
    keepOldMore: keepOld.more,
    dryRun,
    changes: changes.items,
    changesMore: changes.more,
    links: { self: `/v1/services/${name}` },
  }
}

/** Wakes the workflows that were asked to revert. */
async function stopping(dependencies: Pick<ApiDependencies, 'control'>, name: string, { toWake, inFlight }: Reverting) {
  await Promise.all(toWake.map((workflowId) => dependencies.control.wake(workflowId)))
  const { items, more } = firstOf(inFlight)
  return { status: 202, body: { name, state: 'stopping', inFlight: items, inFlightMore: more } } as const
}

async function serviceView(
  dependencies: Pick<ApiDependencies, 'services' | 'queues' | 'target' | 'traffic'>,
  { name, declaration, digest, createdAt, updatedAt }: ServiceRow,
) {
  const stable = await dependencies.services.stable(name)
  const environments = declaration.environments.map((one) =>
    environmentView(
      dependencies,
      name,
      one,
      stable.find(({ environment }) => environment === one.name),
    ),
  )
  return {
    name,
    owners: declaration.owners,
    environments: await Promise.all(environments),
    declarationDigest: digest,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  }
}

function assertNamed({ name }: Service, expected: string): void {
  if (name === expected) return
  throw new Problem('invalid-input', `the declaration declares ${name}, not ${expected}`, {
    errors: [{ pointer: '/name', detail: `must be ${expected}, as in the path` }],
  })
}

/** Parses If-Match as HTTP defines it: a list of strong tags, of which any may match, or `*` for anything. A weak tag never matches. */
function expected(ifMatch: string, ifNoneMatch: string): Expected {
  if (ifNoneMatch === '*') return 'absent'
  if (ifMatch === '') return 'any'
  if (ifMatch === '*') return 'present'
  const tags = ifMatch.split(',').map((tag) => /^"([^"]*)"$/.exec(tag.trim())?.[1])
  return { digests: tags.filter((tag) => tag !== undefined) }
}
