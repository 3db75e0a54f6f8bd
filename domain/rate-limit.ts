/**
 * What a request costs its client. Each client has a bucket of tokens that fills at an even rate. Reads have a bucket of their own, so that
 * a client that polls can still abort.
 */
import { Problem } from './problem.ts'

/** The cost class in a verb's row. `free`: probes, which are never refused. */
export type CostClass = 'free' | 'read' | 'write' | 'start'

/** Tokens that one request takes out of one client's bucket. */
export interface Charge {
  /** Whose bucket: `key:...`, `address:...`. */
  readonly client: string
  readonly policy: PolicyName
  /** Tokens of a full bucket; an empty one is full again after `windowSeconds`. */
  readonly capacity: number
  readonly windowSeconds: number
  readonly tokens: number
}

/** The result of a charge. */
export interface Charged {
  readonly granted: boolean
  /** Seconds until the bucket is full again, if no further request is charged. */
  readonly secondsUntilFull: number
}

type PolicyName = 'read' | 'change'

const windowSeconds = 60

/**
 * Size of each bucket, as a multiple of the changes that a client may make in a minute. A page of the console reads up to four times a
 * second.
 */
const policies = { read: 20, change: 1 } as const satisfies Record<PolicyName, number>

const costs = {
  read: { policy: 'read', tokens: 1 },
  write: { policy: 'change', tokens: 1 },
  start: { policy: 'change', tokens: 2 },
} as const satisfies Record<Exclude<CostClass, 'free'>, { readonly policy: PolicyName; readonly tokens: number }>

/** The share of its tokens that a bucket begins with after its store has lost what was spent. */
export const coldShare = 1 / 6

/** The smallest limit. With it, a cold bucket still holds the cost of the most expensive request. */
export const leastPerMinute = 12

/**
 * What a request of this class costs. Null: nothing.
 * @param perMinute changes that a client may make in a minute
 */
export function chargeOf(client: string, cost: CostClass, perMinute: number): Charge | null {
  if (cost === 'free') return null
  const { policy, tokens } = costs[cost]
  return { client, policy, tokens, capacity: perMinute * policies[policy], windowSeconds }
}

/** Seconds that one token takes to come back. */
export const secondsPerToken = ({ capacity, windowSeconds: window }: Charge): number => window / capacity

/** @throws TypeError for a charge that would fill a bucket, or that no bucket can hold: a bug */
export function assertCharge({ capacity, windowSeconds: window, tokens }: Charge): void {
  if (![capacity, window, tokens].every((number) => Number.isFinite(number) && number > 0) || tokens > capacity)
    throw new TypeError(`no charge: ${tokens} of ${capacity} tokens in ${window} s`)
}

/** Whole tokens that are left. */
export const tokensLeft = (charge: Charge, { secondsUntilFull }: Charged): number =>
  Math.max(0, Math.floor(charge.capacity - secondsUntilFull / secondsPerToken(charge) + 1e-6))

/** Whole seconds after which the same charge can be granted, at least one. */
export const retryAfterSeconds = (charge: Charge, { secondsUntilFull }: Charged): number =>
  Math.max(1, Math.ceil(secondsUntilFull - (charge.capacity - charge.tokens) * secondsPerToken(charge) - 1e-6))

/** The fields of draft-ietf-httpapi-ratelimit-headers-10: the policy, the tokens that are left, and the seconds until all are back. */
export const rateLimitFields = (charge: Charge, charged: Charged): Readonly<Record<string, string>> => ({
  'RateLimit-Policy': `"${charge.policy}";q=${charge.capacity};w=${charge.windowSeconds}`,
  RateLimit: `"${charge.policy}";r=${tokensLeft(charge, charged)};t=${Math.ceil(charged.secondsUntilFull)}`,
})

export const rateLimited = (charge: Charge, charged: Charged): Problem => {
  const retryAfter = retryAfterSeconds(charge, charged)
  const what = charge.policy === 'read' ? 'reads' : 'changes'
  return new Problem('rate-limited', `this client has used its ${charge.capacity} ${what} in ${charge.windowSeconds} s`, {
    hint: `ask again in ${retryAfter} s; nothing was done`,
    more: { retryAfter },
  })
}
