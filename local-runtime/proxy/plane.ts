/** What every request of one proxy meets: the table in force, the draw, what is under way. */
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

/** Enough for the tokens that single sign-on puts into headers; Node's own limit is 16 KiB. */
export const maxHeaderBytes = 128 * 1024

export interface Plane {
  readonly flights: Flights
  readonly faults: Faults
  readonly ledger: Ledger
  /** Looked up once per request: whatever holds now holds for the whole of it. */
  admit(request: IncomingMessage, upgrade: boolean): Admitted
}

export interface Admitted {
  readonly head: RequestHead
  /** Undefined when nothing healthy may take it. */
  readonly replica: Replica | undefined
  readonly timeoutMs: number
  /** False for direct requests, and for those that were drawn for another revision: they are counted there already. */
  readonly counted: boolean
  /** Whose request it is, where clients stay with a version. */
  readonly asking: Asking | undefined
  /** Of a sticky client: what it shall keep, where it has it not yet. */
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
  /** A request was drawn for a revision without a healthy replica; answers what counted it, if anything did. */
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
      // Counted at the replica that it was drawn for, or at what stands for those that are not there.
      const drawnFor = missed ? onMissed(missed, asking) : replica
      if (!replica) onUnrouted()
      else if (client?.isFirst) drawnFor?.tally.drawnFirst()
      return { head, replica, timeoutMs: timeoutOf(replica), counted: !missed, asking, setCookie: client?.setCookie }
    },
  }
}
