/** What the local runtime exports of sticky clients, from its series to counters. */
import type { ClientCounters, ClientKind, ReplicaCounters } from '../../domain/analysis/counters.ts'

/** What of one kind has come so far. */
export type ClientPart = Partial<ClientKind & Pick<ClientCounters, 'active'>>

/** Part by the name of its series. */
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

/** Kind of the row that is of all clients. */
const any = 'any'

/** Nothing where the row of all clients is not whole. A kind of which a part is missing is not counted: none bad would be a guess. */
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
