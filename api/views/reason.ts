/** Why a release is held, reverts or has ended, with the command that shows the output of an unready version. */
import type { Event, ShownReason, StoredEvent } from '../../domain/events/event.ts'
import type { Reason, Unready } from '../../domain/rollout/reason.ts'

/** A reason on the wire. `unready` becomes the hint; a hint that it already has stays. */
export function reasonView(reason: Reason | null): ShownReason | null {
  return reason && shownReason(reason)
}

const shownReason = ({ unready, ...reason }: Reason): ShownReason =>
  unready === undefined ? reason : { hint: logsHint(unready), ...reason }

/** An event on the wire: as it is stored, except for its reason. */
export function eventView(event: StoredEvent): Event {
  switch (event.kind) {
    case 'held':
    case 'reverting':
    case 'revert-failed':
      return { ...event, data: shownReason(event.data) }
    case 'rollout-ended':
    case 'rollback-ended':
    case 'release-ended':
      return { ...event, data: { ...event.data, reason: reasonView(event.data.reason) } }
    default:
      return event
  }
}

const logsHint = ({ service, environment, version }: Unready): string =>
  `'holdfast logs ${service} -e ${environment} --version ${version}' shows what it printed`
