/** Finds a free port for a program that cannot choose one itself. */
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { Problem } from '../domain/problem.ts'

/**
 * A free loopback port: `wanted`, or one below the range that the kernel gives to connections (32768 and up). A connection could take a
 * port of that range before its owner listens. @throws Problem port-taken
 */
export async function freePort(wanted = 0): Promise<number> {
  if (wanted !== 0) return listenOnce(wanted)
  for (let tries = 1; ; tries++) {
    const port = randomInt(lowestPort, highestPort)
    if (given.has(port)) continue
    given.add(port)
    const [oldest] = given
    if (oldest !== undefined && given.size > mostGiven) given.delete(oldest)
    try {
      return await listenOnce(port)
    } catch (error) {
      if (tries === mostTries) throw error
    }
  }
}

const [lowestPort, highestPort, mostTries] = [20_000, 32_768, 100]
const mostGiven = 1_000
/** Ports that this process returned lately, so that two callers at once do not get the same port. */
const given = new Set<number>()

function listenOnce(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', () =>
      reject(
        new Problem('port-taken', `port ${wanted} is taken`, {
          hint: 'stop the program that listens there, or choose another port',
        }),
      ),
    )
    server.listen(wanted, '127.0.0.1', () => server.close(() => resolve(wanted)))
  })
}
