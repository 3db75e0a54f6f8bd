/** Gives ports to environments that declare none. */
import { freePort } from '../adapters/free-port.ts'
import { Problem } from '../domain/problem.ts'

const portCount = 100

export interface PortRange {
  readonly first: number
  readonly last: number
}

/** The range of ports for environments that declare none. No environment may declare a port of it. */
export const portRange = (firstPort: number): PortRange => ({ first: firstPort, last: firstPort + portCount - 1 })

/** How long a port stays reserved after its offer. The environment starts a proxy's thread before it listens there. */
const offeredMs = 10_000

/**
 * Offers the lowest free port of the range, a different one each time. Otherwise environments that are opened at once would get the same
 * port: all but one would start a thread in vain, ask again, and collide again.
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
    // Offered ports come last: an environment may never have taken one.
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
