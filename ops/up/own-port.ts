/** The ports that `npm start` chooses for its parts, with the hint for people: a flag or a setting names another port. */
import { freePort } from '../../adapters/free-port.ts'
import { isProblem, Problem } from '../../domain/problem.ts'

/**
 * A free port, `wanted` unless that is 0.
 * @param way the flag or the setting that names another port
 * @throws Problem port-taken
 */
export async function ownPort(wanted: number, way: string): Promise<number> {
  try {
    return await freePort(wanted)
  } catch (error) {
    if (!isProblem(error, 'port-taken')) throw error
    const { code, message, cause } = error
    throw new Problem(code, message, { hint: `stop the program that listens there, or choose another port by ${way}`, cause })
  }
}
