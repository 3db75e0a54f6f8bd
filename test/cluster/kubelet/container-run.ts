/** Starts the command that a container's image stands for, and runs further commands in its network. */
import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { V1Container, V1Pod } from '@kubernetes/client-node'
import type { Image } from './images.ts'
import type { MemoryGroup, MemoryGroups } from './memory-group.ts'
import { bytesOf } from './memory-group.ts'
import type { PodProcess } from './pod-process.ts'
import { startPodProcess } from './pod-process.ts'
import type { Answer } from './probing.ts'
import { expanded } from './variables.ts'

export interface ContainerRun {
  /** Tells this process of the container from those before and after it. */
  readonly id: string
  readonly process: PodProcess
  readonly memory: MemoryGroup | undefined
  readonly logFile: string
  /** Runs a command in the container's network with its variables. It ends with the container. */
  exec(argv: readonly string[], timeoutMs: number): Promise<Answer>
}

export interface RunPlan {
  readonly pod: V1Pod
  readonly spec: V1Container
  readonly podId: string
  readonly restarts: number
  readonly image: Image
  readonly variables: Readonly<Record<string, string>>
  readonly network: number | undefined
  /** The pod's folder, with `logs` and `roots`. */
  readonly folder: string
  readonly pids: string
  readonly memory: MemoryGroups
}

export const logFileOf = (folder: string, container: string, run: number): string => join(folder, 'logs', container, `${run}.log`)

/** @throws Error when the command cannot start */
export async function runContainer(plan: RunPlan): Promise<ContainerRun> {
  const { pod, spec, podId, restarts, image, network, folder, pids } = plan
  const id = `${podId}-${spec.name}-${restarts}`
  const env = baseVariables(plan)
  const argv = [...(spec.command ?? image.command), ...(spec.args ?? [])].map((each) => expanded(each, env))
  const logFile = logFileOf(folder, spec.name, restarts)
  await mkdir(join(logFile, '..'), { recursive: true })
  const limit = bytesOf(spec.resources?.limits?.['memory'])
  const memory = limit === undefined ? undefined : plan.memory.make(id, limit)
  const cwd = spec.workingDir ?? image.cwd ?? folder
  try {
    const group = { env, cwd, network, memoryGroup: memory?.procs }
    const started = await startPodProcess(pids, id, { argv, output: logFile, ...group })
    const [over, beside] = [new AbortController(), new Set<Promise<unknown>>()]
    let execs = 0
    const exec = (command: readonly string[], timeoutMs: number): Promise<Answer> => {
      if (over.signal.aborted) return Promise.resolve(hasEnded)
      const running = execBeside(pids, `${id}-exec-${(execs += 1)}`, { argv: command, ...group }, timeoutMs, over.signal)
      beside.add(running)
      return running.finally(() => beside.delete(running))
    }
    // A hook or a probe that went on would keep the pod's network, whose address the next pod gets.
    const exited = started.exited.then(async (exit) => {
      over.abort()
      await Promise.allSettled(beside)
      return exit
    })
    return { id, process: { ...started, exited }, memory, logFile, exec }
  } catch (error) {
    memory?.remove()
    throw new Error(`${argv[0]} of ${pod.metadata?.name}/${spec.name} does not start: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

function baseVariables({ pod, spec, folder, variables }: RunPlan): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: '/tmp',
    HOSTNAME: pod.spec?.hostname ?? pod.metadata?.name ?? '',
    KUBERNETES_SERVICE_HOST: 'kubernetes.default.svc',
    KUBERNETES_SERVICE_PORT: '443',
    // The process has no root folder of its own, so it learns its image and the folder of its volumes by variables.
    HOLDFAST_IMAGE: spec.image ?? '',
    HOLDFAST_ROOT: join(folder, 'roots', spec.name),
    ...variables,
  }
}

type Command = Omit<Parameters<typeof startPodProcess>[2], 'output'>
const mostOutput = 4_000
const hasEnded: Answer = { isWell: false, message: 'the container has ended' }

/** Runs a command. One that takes too long, or whose container ends, is ended with every process that it started. */
async function execBeside(
  pids: string,
  id: string,
  command: Command,
  timeoutMs: number,
  containerEnds: AbortSignal,
): Promise<Answer> {
  let output = ''
  const collect = (chunk: string) => void (output = `${output}${chunk}`.slice(0, mostOutput))
  const child = await startPodProcess(pids, id, { ...command, output: collect }).catch(() => undefined)
  if (!child) return { isWell: false, message: `${command.argv[0]} cannot be run` }
  let isLate = false
  const limit = setTimeout(() => {
    isLate = true
    child.signal('SIGKILL')
  }, timeoutMs)
  const end = () => child.signal('SIGKILL')
  containerEnds.addEventListener('abort', end, { once: true })
  if (containerEnds.aborted) end()
  const { exitCode } = await child.exited
  containerEnds.removeEventListener('abort', end)
  clearTimeout(limit)
  if (containerEnds.aborted) return hasEnded
  if (isLate) return { isWell: false, message: `command timed out after ${timeoutMs / 1_000}s` }
  return { isWell: exitCode === 0, message: output.trim() || `command exited with ${exitCode}` }
}

const mostLastWords = 2_048

/** The end of a log. A container that asks for it has it as its message. */
export async function lastWords(logFile: string): Promise<string> {
  await using file = await open(logFile)
  const { size } = await file.stat()
  const length = Math.min(size, mostLastWords)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length)
  return buffer.toString('utf8', 0, bytesRead)
}
