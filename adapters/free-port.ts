/** Ports for what cannot choose one itself. */
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { Problem } from '../domain/problem.ts'

/**
 * A loopback port that nobody listens on: `wanted`, or one below those that the kernel gives to connections (32768 up), which would
 * else be taken by one of them before its owner listens. @throws Problem port-taken
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
/** By this process lately: two askers at once must not get the same one. */
const given = new Set<number>()

function listenOnce(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', () =>
      reject(
        new Problem('port-taken', `port ${wanted} is taken`, {
          hint: "end what listens there, or choose another port ('npm start -- --port PORT' for the API)",
        }),
      ),
    )
    server.listen(wanted, '127.0.0.1', () => server.close(() => resolve(wanted)))
  })
}
