/** Whether a process answers. Any answer counts, because a process that waits for another part is not stuck. */
import { request } from 'node:http'

/** @param address of its probe, or the path of its Unix socket. @throws Error when there is no answer */
export function answering(address: string): Promise<void> {
  const isSocket = address.startsWith('/')
  return new Promise((resolve, reject) => {
    const asked = request(isSocket ? 'http://socket/' : address, {
      ...(isSocket ? { socketPath: address } : {}),
      agent: false,
      timeout: 10_000,
    })
    asked.once('response', (response) => {
      response.resume()
      resolve()
    })
    asked.once('timeout', () => asked.destroy(new Error(`${address} does not answer`)))
    asked.once('error', reject)
    asked.end()
  })
}
