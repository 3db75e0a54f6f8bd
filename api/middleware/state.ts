/** The state that a request carries from one middleware to the next. */
import type Koa from 'koa'
import type { Principal } from '../../adapters/postgres/access/keys.ts'
import type { Arrival } from './arrival.ts'

export interface ApiState {
  requestId: string
  arrival: Arrival
  /** Null: no credential, or an invalid one. */
  principal: Principal | null
}

export type ApiContext = Koa.ParameterizedContext<ApiState>
export type Middleware = Koa.Middleware<ApiState>
