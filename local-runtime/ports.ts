/** The ports for environments that declare none. */
import { freePort } from '../adapters/free-port.ts'
import { Problem } from '../domain/problem.ts'

const portCount = 100

export interface PortRange {
  readonly first: number
  readonly last: number
}

/** Whose ports are given to environments, and to nobody who declares one. */
export const portRange = (firstPort: number): PortRange => ({ first: firstPort, last: firstPort + portCount - 1 })

/** Time from the offer of a port until the environment listens there and keeps it: a proxy's thread starts in between. */
const offeredMs = 10_000

/**
 * Offers the lowest port of ours that nobody uses, one after the other. Environments that are opened at once would else be offered the same
 * one: each but one starts a thread in vain, asks again, and meets the others again.
 * @param taken ports that environments have
 */
export function createPorts(firstPort: number, taken: () => readonly number[]): () => Promise<number> {
  const offered = new Map<number, number>()
  let last: Promise<unknown> = Promise.resolve()
  const offer = async (): Promise<number> => {
    const now = Date.now()
    for (const [port, untilMs] of offered) if (untilMs < now) offered.delete(port)
    const all = Array.from({ length: portCount }, (_, index) => firstPort + index)
    const ours = new Set(taken())
    const left = all.filter((port) => !ours.has(port))
    // Where nothing else is left, what was offered may never have been taken.
    for (const port of [...left.filter((one) => !offered.has(one)), ...left.filter((one) => offered.has(one))]) {
      if (!(await isFree(port))) continue
      offered.set(port, Date.now() + offeredMs)
      return port
    }
    throw new Problem('port-taken', `no port of ${firstPort}-${portRange(firstPort).last} is free`, {
      hint: "declare 'port' in the environment's traffic",
    })
  }
  return () => {
    const next = last.then(offer)
    last = next.catch(() => {})
    return next
  }
}

const isFree = (port: number): Promise<boolean> =>
  freePort(port).then(
    () => true,
    () => false,
  )
