/** Why something is held, goes back or ended, as the API tells it: with the command that shows what an unready version printed. */
import type { StoredEvent } from '../../adapters/postgres/events/events.ts'
import type { Reason, Unready } from '../../domain/rollout/reason.ts'

/** A reason on the wire. A hint that it has already stays. */
export const reasonView = <R extends Reason | null>(reason: R): R => told(reason)

/** An event on the wire: its reason stands in its data, or beside other data in `reason`. */
export const eventView = (event: StoredEvent): StoredEvent => {
  const { reason, ...data } = event.data
  return { ...event, data: reason === undefined ? told(data) : { ...told(data), reason: told(reason) } }
}

/** `unready` becomes the hint; whatever has none stays as it is. */
function told<T>(said: T): T {
  if (!(said instanceof Object && 'unready' in said && isUnready(said.unready))) return said
  const { unready, ...rest } = said
  return { hint: logsHint(unready), ...rest } as T
}

const logsHint = ({ service, environment, version }: Unready): string =>
  `'holdfast logs ${service} -e ${environment} --version ${version}' shows what it printed`

const isUnready = (value: unknown): value is Unready =>
  value instanceof Object && 'service' in value && 'environment' in value && 'version' in value
