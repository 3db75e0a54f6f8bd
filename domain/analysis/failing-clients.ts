/**
 * The test of sticky clients that fail now: do more of the canary's clients fail than chance explains? Each client is drawn for a version.
 * If versions do not matter, failing clients are spread as by a hypergeometric draw, whatever they do and for how long. One look gives an
 * e-value. Looks see the same clients again, so their e-values are never multiplied. They are added, each with a share that is fixed
 * before. The sum never sinks and its mean is at most 1, so it reaches 1/alpha with a chance of at most alpha (Markov), at whatever look
 * the analysis stops.
 */
import type { Channel, Counts } from './channels.ts'
import { clientKindOf } from './channels.ts'
import { logAdd, logMean, logSpaced } from './log-space.ts'
import { logPortion } from './mixture.ts'
import type { Counters } from './counters.ts'

/** Clients that fail (`bad`), of those that are active, at each version. */
export interface Standing {
  readonly canary: Counts
  readonly stable: Counts
}

export interface FailingTest {
  /** Looks that were tested. */
  readonly tests: number
  /** Sum of e-values, by their shares. */
  readonly logE: number
  /** How many clients failed at the last look, at both versions. */
  readonly pooled: number
  /** How many of these had failed for a minute or more. */
  readonly pooledLasting: number
  /** At the last look in which the canary had an active client; null: there was none. */
  readonly now: Standing | null
}

/** The share of this test in a channel's E. The comparison has the rest. */
export const failingShare = 0.25
/** The share that is never bet, so that E is never 0. */
const kept = 0.01
/** One or two failing clients never speak against a version. */
const fewestFailing = 3
/**
 * The least share of the canary's active clients that must fail. A smaller share is left to the comparison, because one person may have all
 * of those clients.
 */
const fewestShare = 0.1
/** How many times higher the odds of failing are at the canary. */
const odds = logSpaced(2, 10_000, 8)

export const beginFailing = (): FailingTest => ({ tests: 0, logE: Math.log(kept), pooled: 0, pooledLasting: 0, now: null })

/** The clients of a channel that fail, and those that have failed for a minute or more; null when the provider does not count them. */
export function standingIn(
  { replicas }: Counters,
  { canary, stable }: { readonly canary: string; readonly stable: string | null },
  channel: Channel,
): { readonly now: Standing; readonly lasting: Standing } | null {
  const kind = clientKindOf(channel)
  if (kind === null) return null
  const of = (wanted: string | null, state: 'failing' | 'lasting'): Counts => {
    let [bad, total] = [0, 0]
    for (const { revision, clients } of replicas) {
      if (revision !== wanted || !clients) continue
      // At most the active ones, whatever a provider reports.
      bad += Math.min(clients.kinds[kind]?.[state] ?? 0, clients.active)
      total += clients.active
    }
    return { bad, total }
  }
  const standing = (state: 'failing' | 'lasting'): Standing => ({ canary: of(canary, state), stable: of(stable, state) })
  return { now: standing('failing'), lasting: standing('lasting') }
}

/**
 * The test after one look. Which looks are tested must not depend on which version a client has. So the test takes looks at which more
 * clients fail than at the last one, both versions together, and looks at which more clients have failed for a minute. A minute is the
 * length of the longest clusters that dispersion is measured by.
 * @param h0 the tolerated ratio of rates
 * @param phi dispersion; the root of an e-value is an e-value too
 */
export function foldFailing(
  test: FailingTest,
  { now, lasting }: { readonly now: Standing; readonly lasting: Standing },
  h0: number,
  phi: number,
): FailingTest {
  const [pooled, pooledLasting] = [failingOf(now), failingOf(lasting)]
  const first = pooled > test.pooled ? tested(test, now, h0, phi) : test
  // Where errors come one by one, this finds nothing new.
  const after = phi > 1 && pooledLasting > test.pooledLasting ? tested(first, lasting, h0, 1) : first
  return { ...after, pooled, pooledLasting, now: now.canary.total > 0 ? now : test.now }
}

const failingOf = ({ canary, stable }: Standing): number => canary.bad + stable.bad

function tested(test: FailingTest, standing: Standing, h0: number, phi: number): FailingTest {
  if (failingOf(standing) < fewestFailing) return test
  const tests = test.tests + 1
  const { bad, total } = standing.canary
  if (bad < fewestFailing || bad < fewestShare * total) return { ...test, tests }
  const bet = logPortion(tests) + Math.log(1 - kept)
  return { ...test, tests, logE: logAdd(test.logE, bet + failingLogE(standing, h0) / phi) }
}

/**
 * log of the likelihood ratio of how many of the failing clients are the canary's, mixed over higher odds. It rises with their number, so
 * it is an e-value for all odds up to the tolerated ones too. A client fails by four bad answers: a rate h0 times as high makes it h0^4
 * times as likely at most.
 */
export function failingLogE({ canary, stable }: Standing, h0: number): number {
  const failing = failingOf({ canary, stable })
  const fewest = Math.max(0, failing - stable.total)
  const most = Math.min(canary.total, failing)
  // The number of ways to `fewest + i`, each weighed by the tolerated odds, up to a factor that cancels out.
  const ways = [0]
  for (let f = fewest; f < most; f += 1) {
    const step = ((canary.total - f) * (failing - f)) / ((f + 1) * (stable.total - failing + f + 1))
    ways.push((ways.at(-1) ?? 0) + Math.log(step) + 4 * Math.log(h0))
  }
  const logSum = (logRatio: number): number => logMean(ways.map((way, i) => way + i * logRatio))
  const tolerated = logSum(0)
  return logMean(odds.map((ratio) => (canary.bad - fewest) * Math.log(ratio) + tolerated - logSum(Math.log(ratio))))
}

/** Whether most of the canary's active clients fail, and most of the stable version's do not. Nothing passes meanwhile. */
export const isMostlyFailing = ({ now }: FailingTest): boolean => now !== null && isMost(now.canary) && !isMost(now.stable)

const isMost = ({ bad, total }: Counts): boolean => 2 * bad > total
