/** Runs work that needs much memory in a process of its own, so that the memory is freed at its end. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import type { Variables } from '../adapters/config.ts'

/**
 * Runs this Node with `args` and waits for its end. Ctrl-C in a terminal does not reach the child; it ends with this process at the
 * latest. @throws Error with what the child printed
 */
export async function inItsProcess(args: readonly string[], env?: Variables): Promise<void> {
  const child = spawn(process.execPath, [...args], {
    ...(env ? { env } : {}),
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  // If this process exits early, for example on Ctrl-C, the child must not run on.
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  child.once('close', () => process.off('exit', end))
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('exit', resolve))
  const [output, code] = await Promise.all([text(child.stderr), ended])
  if (code !== 0) throw new Error(`${args[0]} ended with ${code ?? child.signalCode}: ${output.trim()}`)
  if (output !== '') console.warn(output.trimEnd())
}
