/** Which environments may leave, with their service or out of its declaration. */
import { firstOf } from '../bounds.ts'
import { Problem } from '../problem.ts'
import type { ShownSubject } from '../subject.ts'

export interface Leaving {
  readonly service: string
  /** Environments that the service is to lose. `isStable`: a version runs there. */
  readonly environments: readonly { readonly name: string; readonly isStable: boolean }[]
  /** Releases and rollbacks in flight to these environments. */
  readonly inFlight: readonly ShownSubject[]
}

/**
 * Whether they may leave now, or what is in flight has to be reverted first.
 * @param stop true where the caller wants what is in flight reverted and what runs ended
 * @throws Problem service-busy without `stop`, while a release to them is in flight or a version runs there
 */
export function leavingOf({ service, environments, inFlight }: Leaving, stop: boolean): 'may-leave' | 'revert-first' {
  if (inFlight.length > 0) {
    if (stop) return 'revert-first'
    const to = environments.length === 0 ? '' : ` to ${environments.map(({ name }) => name).join(', ')}`
    const { items, more } = firstOf(inFlight)
    const ids = `${items.map(({ id }) => id).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
    throw new Problem('service-busy', `${service} has ${ids} in flight${to}`, {
      more: { inFlight: items, inFlightMore: more },
    })
  }
  const running = environments.filter(({ isStable }) => isStable).map(({ name }) => name)
  if (running.length > 0 && !stop)
    throw new Problem('service-busy', `${service} still runs in ${running.join(', ')}`, { more: { running } })
  return 'may-leave'
}
