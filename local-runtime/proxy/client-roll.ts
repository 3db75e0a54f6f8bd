/**
 * The sticky clients of the last minute, and which of them fail, by kind of bad answer. The roll shows every client of a version that has
 * turned bad, also clients whose bad answers no longer count.
 */

/** A client fails once so many of its last 16 answers were bad, until 16 in a row are good. */
export const failsFrom = 4
const remembered = 0xffff
/** Of one client. Further kinds are not remembered. */
const mostKinds = 16
const activeSeconds = 60
/** The length of the longest clusters that dispersion is measured by. */
const lastsFrom = 60

/** What the roll keeps in a client. A client is on one roll at a time. */
export interface Enrolled {
  /** True at its first request: it has not returned yet, and is on no roll. */
  readonly isNew: boolean
  roll: ClientRoll | undefined
  rollSecond: number
  /** Counted up to `failsFrom`. */
  answers: number
  /** By kind. A kind without a bad answer among the last 16 is left out. */
  recent: Recent[]
}

interface Recent {
  readonly kind: string
  /** The last 16 answers, one bit each, the newest lowest; 1 is bad. */
  bits: number
  /** The second in which it began to fail; -1 when it does not fail. */
  since: number
  /** How the roll counts it. */
  counted: 'not' | 'failing' | 'lasting'
}

/** The list of most clients. They share it, because there may be many. It is never changed. */
const nothing: Recent[] = []

export const newlyEnrolled = () => ({ roll: undefined, rollSecond: -1, answers: 0, recent: nothing })

/**
 * The roll of one replica has the clients that it answered last. A client that a larger weight moves keeps its state until the answers of
 * its new version change it. How many clients fail must not depend on which were moved, or the test would prove nothing.
 */
export interface ClientRoll {
  /** @param hasLeft the client left before the outcome, so the request says something about latency alone */
  outcome(client: Enrolled, bad: readonly string[], second: number, hasLeft: boolean): void
  strike(client: Enrolled): void
  /** Clients that asked within the minute and had `failsFrom` answers. */
  active(second: number): number
  failing(kind: string, second: number): number
  lasting(kind: string, second: number): number
}

export function createClientRoll(): ClientRoll {
  const asked = createMinute()
  const failing = new Map<string, Minute>()
  const lasting = new Map<string, Minute>()
  const enter = (client: Enrolled, second: number): void => {
    asked.add(second, 1)
    for (const of of client.recent) {
      if (of.since < 0) continue
      of.counted = second - of.since >= lastsFrom ? 'lasting' : 'failing'
      minuteOf(failing, of.kind).add(second, 1)
      if (of.counted === 'lasting') minuteOf(lasting, of.kind).add(second, 1)
    }
  }
  const roll: ClientRoll = {
    outcome(client, bad, second, hasLeft) {
      client.roll?.strike(client)
      remember(client, bad, second, hasLeft)
      if (client.isNew || client.answers < failsFrom) return
      client.roll = roll
      client.rollSecond = second
      enter(client, second)
    },
    strike(client) {
      client.roll = undefined
      asked.add(client.rollSecond, -1)
      for (const of of client.recent) {
        if (of.counted === 'not') continue
        minuteOf(failing, of.kind).add(client.rollSecond, -1)
        if (of.counted === 'lasting') minuteOf(lasting, of.kind).add(client.rollSecond, -1)
        of.counted = 'not'
      }
    },
    active: (second) => asked.read(second),
    failing: (kind, second) => failing.get(kind)?.read(second) ?? 0,
    lasting: (kind, second) => lasting.get(kind)?.read(second) ?? 0,
  }
  return roll
}

function minuteOf(minutes: Map<string, Minute>, kind: string): Minute {
  const found = minutes.get(kind) ?? createMinute()
  minutes.set(kind, found)
  return found
}

function remember(client: Enrolled, bad: readonly string[], second: number, hasLeft: boolean): void {
  if (!hasLeft && client.answers < failsFrom) client.answers += 1
  for (const of of client.recent) {
    const isBad = bad.includes(of.kind)
    if (hasLeft && !isBad) continue
    of.bits = ((of.bits << 1) & remembered) | (isBad ? 1 : 0)
    if (of.since < 0 && ones(of.bits) >= failsFrom) of.since = second
  }
  if (client.recent.some(({ bits }) => bits === 0)) client.recent = client.recent.filter(({ bits }) => bits !== 0)
  if (client.recent.length === 0) client.recent = bad.length === 0 ? nothing : []
  for (const kind of bad) {
    // Kinds that were there already are counted above.
    if (client.recent.length >= mostKinds || client.recent.some((of) => of.kind === kind)) continue
    client.recent.push({ kind, bits: 1, since: -1, counted: 'not' })
  }
}

function ones(bits: number): number {
  let count = 0
  for (let left = bits; left !== 0; left &= left - 1) count += 1
  return count
}

type Minute = ReturnType<typeof createMinute>

/** How many clients sent their last request in each second. A count costs 64 steps, whatever the number of clients. */
function createMinute() {
  const slots = 64
  const seconds = new Float64Array(slots).fill(-1)
  const counts = new Int32Array(slots)
  return {
    add(second: number, by: 1 | -1): void {
      const slot = second % slots
      if (seconds[slot] !== second) {
        // More than a minute ago, so no count includes it.
        if (by < 0) return
        seconds[slot] = second
        counts[slot] = 0
      }
      counts[slot] = (counts[slot] ?? 0) + by
    },
    read(second: number): number {
      let sum = 0
      for (let slot = 0; slot < slots; slot += 1)
        if (Math.abs(second - (seconds[slot] ?? -1)) < activeSeconds) sum += counts[slot] ?? 0
      return sum
    },
  }
}
