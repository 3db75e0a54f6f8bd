/** Work that needs much memory once: in a process that ends, so that whoever stays has none of it. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import type { Variables } from '../adapters/config.ts'

/**
 * Runs this Node with `args` to its end. Ctrl-C in a terminal does not reach it: it ends with who started it, at the latest.
 * @throws Error with what it said
 */
export async function inItsProcess(args: readonly string[], env?: Variables): Promise<void> {
  const child = spawn(process.execPath, [...args], {
    ...(env ? { env } : {}),
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  // Whoever ends without waiting, as on Ctrl-C before all is up, leaves nothing that runs.
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  child.once('close', () => process.off('exit', end))
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('exit', resolve))
  const [said, code] = await Promise.all([text(child.stderr), ended])
  if (code !== 0) throw new Error(`${args[0]} ended with ${code ?? child.signalCode}: ${said.trim()}`)
  if (said !== '') console.warn(said.trimEnd())
}
