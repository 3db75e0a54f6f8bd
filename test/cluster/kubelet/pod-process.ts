/** A process of a pod. It runs in the pod's network and memory group, and ends when the kubelet ends, even by SIGKILL. */
import { spawn } from 'node:child_process'
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { carries, processes, startTime } from '../../../adapters/process/process-table.ts'
import { signalGroup } from '../../../adapters/process/process-group.ts'
import { endLeftover } from '../../../ops/components/process.ts'

export interface PodProcess {
  readonly pid: number
  readonly exited: Promise<{ readonly exitCode: number; readonly signal?: number }>
  /** SIGTERM goes to the first process, as in a container. SIGKILL goes to all of them. */
  signal(name: 'SIGTERM' | 'SIGKILL'): void
}

export interface Launch {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string | undefined
  /** The process whose network namespace it joins. Absent: the node's network. */
  readonly network?: number | undefined
  /** The file of a memory group by which it joins. */
  readonly memoryGroup?: string | undefined
  /** The file for its output, or a function that reads it. */
  readonly output: string | ((chunk: string) => void)
}

/** A variable of every process of a pod. Their children inherit it, so that a later kubelet finds them too. */
const mark = 'HOLDFAST_POD_PROCESS_OF'

/** @param pids folder with one file per process, which `endLeftPods` reads @throws Error when the process cannot start */
export async function startPodProcess(pids: string, id: string, launch: Launch): Promise<PodProcess> {
  const { env, cwd, output } = launch
  const log = typeof output === 'string' ? openSync(output, 'a', 0o600) : undefined
  const [command = '', ...args] = wrapped(launch)
  const child = spawn(command, args, {
    env: { ...env, [mark]: pids },
    detached: true,
    stdio: ['ignore', log ?? 'pipe', log ?? 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  })
  if (log !== undefined) closeSync(log)
  if (typeof output === 'function')
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', output)
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject))
  const pid = child.pid ?? -1
  const file = join(pids, `${id}.json`)
  writeFileSync(file, JSON.stringify({ pid, startedAt: startTime(pid) }), { mode: 0o600 })
  return {
    pid,
    exited: new Promise((resolve) =>
      child.once('exit', (code, name) => {
        // A container ends with its first process.
        signalGroup(pid, 'SIGKILL')
        rmSync(file, { force: true })
        const signal = name ? constants.signals[name] : undefined
        resolve(signal === undefined ? { exitCode: code ?? 0 } : { exitCode: 128 + signal, signal })
      }),
    ),
    signal(name) {
      if (name === 'SIGKILL') signalGroup(pid, name)
      else child.kill(name)
    },
  }
}

/**
 * The command in its wrappers. Each replaces itself by the next, so the pid stays. The shell's text is fixed; paths and arguments are its
 * parameters.
 */
function wrapped({ argv, network, memoryGroup }: Launch): readonly string[] {
  return [
    ...(memoryGroup === undefined ? [] : ['sh', '-c', 'echo $$ > "$0" && exec "$@"', memoryGroup]),
    ...(network === undefined ? [] : ['nsenter', '--target', String(network), '--net', '--']),
    ...['setpriv', '--pdeathsig', 'KILL', '--'],
    ...argv,
  ]
}

/** Ends the processes that a killed kubelet left: those with a recorded pid, then all that carry its mark. */
export async function endLeftPods(pids: string, recorded: readonly string[]): Promise<void> {
  for (const file of recorded) await endLeftover(join(pids, file), 'SIGKILL')
  for (const pid of processes()) if (carries(pid, `${mark}=${pids}`)) signalOne(pid, 'SIGKILL')
}

/** Signals a process that may have ended meanwhile. */
export function signalOne(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It ended meanwhile.
  }
}
