/** What every request of one proxy uses: the present table, the draw, and the requests in progress. */
import type { IncomingMessage } from 'node:http'
import type { ClientMemory } from './client-memory.ts'
import type { Asking } from './client-tally.ts'
import type { Clients } from './clients.ts'
import type { ProxyOptions, RevisionRoute } from './contract.ts'
import { directRevision } from './direct.ts'
import { createDraw } from './draw.ts'
import type { Faults } from './faults.ts'
import type { Flights } from './flights.ts'
import { requestHead } from './headers.ts'
import type { RequestHead } from './headers.ts'
import type { Ledger } from './ledger.ts'
import type { Replica } from './replicas.ts'
import type { Router } from './router.ts'

/** Enough for the tokens that single sign-on puts into headers. Node's own limit is 16 KiB. */
export const maxHeaderBytes = 128 * 1024

export interface Plane {
  readonly flights: Flights
  readonly faults: Faults
  readonly ledger: Ledger
  /** Called once per request. The result applies to the whole request, even when the table changes meanwhile. */
  admit(request: IncomingMessage, upgrade: boolean): Admitted
}

export interface Admitted {
  readonly head: RequestHead
  /** Undefined when no healthy replica may take the request. */
  readonly replica: Replica | undefined
  readonly timeoutMs: number
  /** False for direct requests, and for requests that were drawn for another revision, which counts them. */
  readonly counted: boolean
  /** The request's client, where clients stay with a version. */
  readonly asking: Asking | undefined
  /** The cookie for a sticky client that does not have it yet. */
  readonly setCookie: string | undefined
}

export interface PlaneSource {
  readonly options: ProxyOptions
  readonly flights: Flights
  readonly clients: Clients
  readonly memory: ClientMemory
  readonly faults: Faults
  readonly ledger: Ledger
  router(): Router
  /** A request was drawn for a revision without a healthy replica. Returns the replica that counted it, if any did. */
  onMissed(route: RevisionRoute, asking: Asking | undefined): Replica | undefined
  onUnrouted(): void
}

export function createPlane(source: PlaneSource): Plane {
  const { options, flights, clients, memory, faults, ledger, router, onMissed, onUnrouted } = source
  const draw = createDraw()
  const sticky = options.sticky === 'cookie'
  return {
    flights,
    faults,
    ledger,
    admit(request, upgrade) {
      const peer = { address: request.socket.remoteAddress ?? 'unknown', proto: 'http' }
      const head = requestHead(request.rawHeaders, request.method ?? 'GET', peer, upgrade)
      const direct = head.direct === undefined ? undefined : directRevision(options.directSecret, head.direct)
      const timeoutOf = (replica: Replica | undefined) => (replica && router().timeoutMs(replica.revision)) ?? options.timeoutMs
      if (direct !== undefined) {
        const replica = router().direct(direct)
        return { head, replica, timeoutMs: timeoutOf(replica), counted: false, asking: undefined, setCookie: undefined }
      }
      const { release } = router()
      const client = sticky ? clients.meet(head.cookie, release) : undefined
      memory.enter(release)
      const asking = client && { judged: memory.find(client.id, client.isNew), memory }
      const { replica, missed } = router().choose(client && release !== undefined ? client.draw : draw())
      // Counted at the replica that it was drawn for, or at the one that stands for missing replicas.
      const drawnFor = missed ? onMissed(missed, asking) : replica
      if (!replica) onUnrouted()
      else if (client?.isFirst) drawnFor?.tally.drawnFirst()
      return { head, replica, timeoutMs: timeoutOf(replica), counted: !missed, asking, setCookie: client?.setCookie }
    },
  }
}
