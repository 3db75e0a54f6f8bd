/** Reads the counters of sticky clients from the local runtime's series. */
import type { ClientCounters, ClientKind, ReplicaCounters } from '../../domain/analysis/counters.ts'

/** The values of one kind that have been read so far. */
export type ClientPart = Partial<ClientKind & Pick<ClientCounters, 'active'>>

/** The member of the counters for each series. */
export const clientParts: Readonly<Record<string, keyof ClientPart>> = {
  holdfast_client_requests_total: 'requests',
  holdfast_client_turns_total: 'turns',
  holdfast_client_bad_total: 'bad',
  holdfast_client_first_turns_total: 'newTurns',
  holdfast_client_first_bad_total: 'newBad',
  holdfast_clients_active: 'active',
  holdfast_clients_failing: 'failing',
  holdfast_clients_failing_lasting: 'lasting',
}

/** The kind of the row for all clients. */
const any = 'any'

/** Nothing when the row for all clients is incomplete. An incomplete kind is left out, because a zero would be a guess. */
export function clientsOf(found: ReadonlyMap<string, ClientPart>): Pick<ReplicaCounters, 'clients'> {
  const kinds = [...found].flatMap(
    ([name, { bad, requests, turns, newBad, newTurns, failing, lasting }]): [string, ClientKind][] => {
      if (bad === undefined || requests === undefined || turns === undefined) return []
      if (newBad === undefined || newTurns === undefined || failing === undefined || lasting === undefined) return []
      return [[name, { bad, requests, turns, newBad, newTurns, failing, lasting }]]
    },
  )
  const { [any]: all, ...each } = Object.fromEntries(kinds)
  const active = found.get(any)?.active
  if (all === undefined || active === undefined) return {}
  const { requests, turns, newTurns } = all
  return { clients: { requests, turns, newTurns, active, kinds: each } }
}
