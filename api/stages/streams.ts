/** Bounds the number of streams, because each holds a connection and keeps reading from the database or a target. */
import { Problem } from '../../domain/problem.ts'
import type { ApiContext } from '../middleware/state.ts'
import { clientOf } from './limit.ts'

/** Counts the stream of this request until its connection closes. @throws Problem too-many-streams */
export type AdmitStream = (ctx: ApiContext) => void

export interface StreamBounds {
  readonly ofClient: number
  readonly inAll: number
}

/** A page of the console opens two at most, and a command line one. */
const defaultBounds: StreamBounds = { ofClient: 100, inAll: 400 }

export function createStreamBound({ ofClient, inAll }: StreamBounds = defaultBounds): AdmitStream {
  const open = new Map<string, number>()
  let all = 0
  return (ctx) => {
    // The client has left, and its `close` was emitted already.
    if (ctx.res.destroyed) return
    const client = clientOf(ctx)
    const own = open.get(client) ?? 0
    if (own >= ofClient || all >= inAll)
      throw new Problem('too-many-streams', own >= ofClient ? `this client has ${own} streams open` : `${all} streams are open`, {
        hint: 'close other streams first, or read the same as a list, without a stream',
      })
    open.set(client, own + 1)
    all += 1
    ctx.res.once('close', () => {
      all -= 1
      const left = (open.get(client) ?? 1) - 1
      if (left > 0) open.set(client, left)
      else open.delete(client)
    })
  }
}
