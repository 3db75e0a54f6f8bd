/** What the local runtime exports of sticky clients, from its series to counters. */
import type { ClientKind, ReplicaCounters } from '../../domain/analysis/reading.ts'

/** What of one kind has come so far. */
export type ClientPart = Partial<ClientKind>

/** Part by the name of its series. */
export const clientParts: Readonly<Record<string, keyof ClientKind>> = {
  holdfast_client_requests_total: 'requests',
  holdfast_client_turns_total: 'turns',
  holdfast_client_bad_total: 'bad',
  holdfast_client_first_turns_total: 'newTurns',
  holdfast_client_first_bad_total: 'newBad',
}

/** Kind of the row that is of all clients. */
const any = 'any'

/** Nothing where the row of all clients is not whole. A kind of which a part is missing is not counted: none bad would be a guess. */
export function clientsOf(found: ReadonlyMap<string, ClientPart>): Pick<ReplicaCounters, 'clients'> {
  const kinds = [...found].flatMap(([name, { bad, requests, turns, newBad, newTurns }]): [string, ClientKind][] => {
    if (bad === undefined || requests === undefined || turns === undefined) return []
    return newBad === undefined || newTurns === undefined ? [] : [[name, { bad, requests, turns, newBad, newTurns }]]
  })
  const { [any]: all, ...each } = Object.fromEntries(kinds)
  return all === undefined ? {} : { clients: { requests: all.requests, turns: all.turns, newTurns: all.newTurns, kinds: each } }
}
