/** The local runtime that an earlier starter left running with its services: this start takes it over, ends it, or refuses to start. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createRuntimeClient } from '../../adapters/local-runtime/client.ts'
import type { AnyInfo } from '../../adapters/local-runtime/protocol.ts'
import { runtimeProtocol } from '../../adapters/local-runtime/protocol.ts'
import { Problem, isProblem } from '../../domain/problem.ts'
import { leftRunning } from '../components/left-running.ts'
import { endLeftover } from '../components/process.ts'
import type { Home } from './home.ts'

export interface LeftRuntime {
  readonly home: Pick<Home, 'folder' | 'sockets'>
  readonly say: (line: string) => void
  /** The time that its services have to end. */
  readonly graceMs: number
  /** The time that it has to say what it is. The default is longer than any call, because a busy machine is no reason to find out later. */
  readonly answersWithinMs?: number
}

export const runtimeSocketOf = ({ sockets }: Pick<Home, 'sockets'>): string => join(sockets, 'runtime.sock')

/**
 * Ends a runtime that cannot be taken over and has no service. One that does not answer is taken over: the supervisor ends it where it is
 * stuck, and every call is refused where it turns out to speak another protocol.
 * @throws Problem already-in-flight where one of another protocol has services, which its end would interrupt
 */
export async function settleLeftRuntime(options: LeftRuntime): Promise<void> {
  const { home, say, graceMs, answersWithinMs = 15_000 } = options
  const pidFile = join(home.folder, 'runtime.pid')
  const left = leftRunning(pidFile)
  if (!left) return
  const end = async (why: string) => {
    if (await endLeftover(pidFile, 'SIGTERM', graceMs)) say(`a runtime that was left running is ended ${why}`)
  }
  // Its database is gone too, and it has no folder to store its state in.
  if (!existsSync(join(home.folder, 'runtime'))) return end('with its services: its home was removed')
  const info = await infoOf(runtimeSocketOf(home), answersWithinMs)
  if (info === 'too late') {
    const within = `within ${answersWithinMs / 1000} s`
    say(`the local runtime (process ${left.pid}) that was left running says nothing ${within}: it is taken over unasked`)
    return
  }
  if (info === null || info.protocol === runtimeProtocol) return
  const versions = `it speaks protocol ${info.protocol}, and this version speaks ${runtimeProtocol}`
  if (info.services === 0) return end(`and had no service: ${versions}`)
  throw new Problem(
    'already-in-flight',
    `the local runtime (process ${left.pid}) that an earlier stack left running cannot be taken over: ${versions}`,
    { hint: `${remedyOf(info.protocol, left.pid)}; until then its services run on, and nothing was changed` },
  )
}

/** What helps, which is not the same for an older runtime and a newer one. */
function remedyOf(protocol: number, pid: number): string {
  const run = `run the ${protocol < runtimeProtocol ? 'older' : 'newer'} version, which takes it over`
  // Its state and its database are from before this version can read them.
  if (protocol === 0)
    return `${run}, or begin with another data folder (HOLDFAST_HOME), because this version cannot read its data`
  return `${run}, or end it with its services by 'kill ${pid}': a version that can read its data starts them again`
}

/** What a runtime says of itself; null where nothing that is one listens. */
async function infoOf(socket: string, withinMs: number): Promise<AnyInfo | 'too late' | null> {
  const client = createRuntimeClient(socket)
  try {
    return await client.anyInfo(withinMs)
  } catch (error) {
    if (!isProblem(error, 'target-unavailable')) throw error
    return error.cause instanceof DOMException && error.cause.name === 'TimeoutError' ? 'too late' : null
  } finally {
    await client.close()
  }
}
