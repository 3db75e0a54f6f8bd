/** Refuses what a declaration may not name here: commands, addresses to call, and parts of clusters. Each needs the operator's permission. */
import type { Environment, Hook, Service } from '../domain/plan/service.ts'
import type { Fault } from '../domain/problem.ts'
import { Problem } from '../domain/problem.ts'
import type { ApiDependencies } from './dependencies.ts'

/** Declarations name commands to run on this machine and addresses to call from it. Both need the operator's permission. */
export function assertPermitted(
  service: Service,
  dependencies: Pick<ApiDependencies, 'settings' | 'metricsRefusal' | 'hookRefusal' | 'namesCommands'>,
): void {
  const { environments } = service
  const { settings, metricsRefusal, hookRefusal } = dependencies
  for (const [index, { metrics }] of environments.entries()) {
    const errors = below(`/environments/${index}/metrics`, metricsRefusal(metrics, service.owners))
    if (errors.length > 0) throw new Problem('not-permitted-address', 'this metrics provider is not allowed here', { errors })
  }
  const calls = hooksIn(service, (hook) => 'http' in hook && hookRefusal(hook.http))
  if (calls.length > 0)
    throw new Problem('not-permitted-address', 'a hook may not call this address', {
      hint: 'HOLDFAST_HOOK_HOSTS names the hosts that hooks may call',
      errors: calls.map(({ pointer, found }) => ({ pointer: `${pointer}/http`, detail: found })),
    })
  const errors = settings.allowLocalTarget
    ? []
    : commandsIn(service, dependencies).map((pointer) => ({ pointer, detail: 'not allowed' }))
  if (errors.length === 0) return
  throw new Problem('not-permitted-target', 'declarations may not name commands here', {
    hint: 'HOLDFAST_LOCAL_TARGET=allow lets declarations name commands',
    errors,
  })
}

/**
 * What the targets of these environments would use must be given to the owners of the service. It is asked again before each release,
 * because the operator's file may have changed.
 * @throws Problem not-permitted-target that names each
 */
export function assertTargetsPermitted(
  { owners, environments: all }: Service,
  environments: readonly Environment[],
  { targetRefusal }: Pick<ApiDependencies, 'targetRefusal'>,
): void {
  const errors = environments.flatMap((one) =>
    below(`/environments/${all.indexOf(one)}/target`, targetRefusal(one.target, owners)),
  )
  if (errors.length === 0) return
  throw new Problem('not-permitted-target', 'the target would use what the owners of the service may not use here', {
    hint: 'HOLDFAST_CLUSTERS_FILE gives namespaces, service accounts and Secrets to owners',
    errors,
  })
}

const below = (pointer: string, faults: readonly Fault[]): readonly Fault[] =>
  faults.map((fault) => ({ ...fault, pointer: `${pointer}${fault.pointer}` }))

/** Where a declaration names a command: targets, smoke tests and hooks, as JSON Pointers. */
const commandsIn = (service: Service, { namesCommands }: Pick<ApiDependencies, 'namesCommands'>): string[] => [
  ...service.environments.flatMap(({ target, smoke }, at) => [
    ...(namesCommands(target) ? [`/environments/${at}/target/kind`] : []),
    ...smoke.flatMap((test, index) => ('command' in test ? [`/environments/${at}/smoke/${index}/command`] : [])),
  ]),
  ...hooksIn(service, (hook) => 'command' in hook && 'a command').map(({ pointer }) => `${pointer}/command`),
]

/** JSON Pointers of the hooks for which `find` finds something. */
const hooksIn = ({ environments }: Service, find: (hook: Hook) => string | false | null) =>
  environments.flatMap(({ hooks }, at) =>
    Object.entries(hooks).flatMap(([moment, of]) =>
      of.flatMap((hook, index) => {
        const found = find(hook)
        return found ? [{ pointer: `/environments/${at}/hooks/${moment}/${index}`, found }] : []
      }),
    ),
  )
