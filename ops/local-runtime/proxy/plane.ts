/** What every request of one proxy meets: the table in force, the draw, what is under way. */
import type { IncomingMessage } from 'node:http'
import type { ProxyOptions } from './contract.ts'
import { directRevision } from './direct.ts'
import { createDraw } from './draw.ts'
import type { Flights } from './flights.ts'
import { requestHead, stickyRevision } from './headers.ts'
import type { RequestHead } from './headers.ts'
import type { Replica } from './replicas.ts'
import type { Router } from './router.ts'

/** Enough for the tokens that single sign-on puts into headers; Node's own limit is 16 KiB. */
export const maxHeaderBytes = 128 * 1024

export interface Plane {
  readonly flights: Flights
  /** Looked up once per request: whatever holds now holds for the whole of it. */
  admit(request: IncomingMessage, upgrade: boolean): Admitted
}

export interface Admitted {
  readonly head: RequestHead
  /** Undefined when nothing healthy may take it. */
  readonly replica: Replica | undefined
  readonly timeoutMs: number
  /** False for direct requests. */
  readonly counted: boolean
  /** The revision to stick to from now on, where the client has no valid one yet. */
  readonly stickTo: string | undefined
}

export interface PlaneSource {
  readonly options: ProxyOptions
  readonly flights: Flights
  router(): Router
  onUnrouted(): void
}

export function createPlane({ options, flights, router, onUnrouted }: PlaneSource): Plane {
  const draw = createDraw()
  const sticky = options.sticky === 'cookie'
  return {
    flights,
    admit(request, upgrade) {
      const peer = { address: request.socket.remoteAddress ?? 'unknown', proto: 'http' }
      const head = requestHead(request.rawHeaders, request.method ?? 'GET', peer, upgrade)
      const direct = head.direct === undefined ? undefined : directRevision(options.directSecret, head.direct)
      const timeoutOf = (replica: Replica | undefined) => (replica && router().timeoutMs(replica.revision)) ?? options.timeoutMs
      if (direct !== undefined) {
        const replica = router().direct(direct)
        return { head, replica, timeoutMs: timeoutOf(replica), counted: false, stickTo: undefined }
      }
      const wanted = sticky && head.cookie !== undefined ? stickyRevision(head.cookie) : undefined
      const replica = router().choose(draw(), wanted)
      if (!replica) onUnrouted()
      const timeoutMs = timeoutOf(replica)
      return {
        head,
        replica,
        timeoutMs,
        counted: true,
        stickTo: sticky && replica?.revision !== wanted ? replica?.revision : undefined,
      }
    },
  }
}
