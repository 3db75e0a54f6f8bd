/** Bounds the streams that `respond` begins: each holds a connection, and asks the database or a target again and again. */
import { Problem } from '../../domain/problem.ts'
import type { ApiContext } from '../middleware/state.ts'
import { clientOf } from './limit.ts'

/** Counts the stream of this request until its connection closes. @throws Problem too-many-streams */
export type AdmitStream = (ctx: ApiContext) => void

export interface StreamBounds {
  readonly ofClient: number
  readonly inAll: number
}

/** A console's page opens two at most, and a command line one. */
const defaultBounds: StreamBounds = { ofClient: 100, inAll: 400 }

export function createStreamBound({ ofClient, inAll }: StreamBounds = defaultBounds): AdmitStream {
  const open = new Map<string, number>()
  let all = 0
  return (ctx) => {
    // The client has gone, and its `close` was emitted already.
    if (ctx.res.destroyed) return
    const client = clientOf(ctx)
    const own = open.get(client) ?? 0
    if (own >= ofClient || all >= inAll)
      throw new Problem('too-many-streams', own >= ofClient ? `this client has ${own} streams open` : `${all} streams are open`, {
        hint: 'close others first; without a stream the same is answered as a list',
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
