/** A few processes that work on artifacts. Each does one job at a time. It is killed when its job is cancelled or takes too long. */
import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { z } from 'zod'
import * as wire from '../adapters/local-runtime/protocol.ts'
import { isProblemCode, Problem } from '../domain/problem.ts'
import type { ArtifactJob, JobAnswer } from './artifact-jobs.ts'
import { compiledCode } from '../adapters/process/inherited.ts'
import { longestTimerMs } from '../domain/bounds.ts'

export interface ArtifactProcesses {
  /** @throws Problem as the job does, and target-unavailable when the job is cancelled, takes too long, or its process ends */
  run(job: ArtifactJob, options?: { readonly signal?: AbortSignal; readonly withinMs?: number }): Promise<JobAnswer>
  /** Cancels the jobs in progress. */
  close(): void
}

const main = join(import.meta.dirname, 'artifact-process.ts')
/** In each lane. Imports have a lane of their own, so that they never delay the copy for a replica. */
const atOnce = 2
const idleMs = 30_000
const defaultMs = 120_000

const JobMessage = z.union([
  z.object({
    answer: z.object({ digest: z.string(), contents: wire.ArtifactContents, removed: z.array(z.string()).exactOptional() }),
  }),
  z.object({ problem: wire.ProblemAnswer }),
])

export function createArtifactProcesses(): ArtifactProcesses {
  const idle: ChildProcess[] = []
  const all = new Set<ChildProcess>()
  // Taken from the idle ones at once. Otherwise a job could go to a process that is about to end.
  const end = (child: ChildProcess) => {
    const at = idle.indexOf(child)
    if (at >= 0) idle.splice(at, 1)
    child.kill('SIGKILL')
  }
  const lanes = { in: createLane(), out: createLane() }
  const start = (): ChildProcess => {
    // In a process group of its own, so that it still answers a job in progress when a signal ends the runtime's group.
    const child = fork(main, { env: compiledCode(), execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'], detached: true })
    all.add(child)
    child.once('exit', () => {
      all.delete(child)
      const at = idle.indexOf(child)
      if (at >= 0) idle.splice(at, 1)
    })
    child.on('error', () => {})
    return child
  }
  const rest = (child: ChildProcess) => {
    if (!child.connected || child.exitCode !== null || child.signalCode !== null) return
    idle.push(child)
    // Neither the child nor its channel may keep the runtime from ending.
    child.unref()
    child.channel?.unref()
    setTimeout(() => idle.indexOf(child) > 0 && end(child), idleMs).unref()
  }
  // One process starts now, so that the first replica need not wait for it.
  rest(start())
  return {
    async run(job, { signal, withinMs = defaultMs } = {}) {
      const lane = job.kind === 'copy' || job.kind === 'remove' ? lanes.out : lanes.in
      return lane(async () => {
        signal?.throwIfAborted()
        const child = idle.pop() ?? start()
        const answer = await ask(child, job, withinMs, signal).catch((error: unknown) => {
          if (!(error instanceof Problem) || error.code === 'target-unavailable') end(child)
          else rest(child)
          throw error
        })
        rest(child)
        return answer
      })
    },
    close() {
      for (const child of all) child.kill('SIGKILL')
    },
  }
}

/** Runs `atOnce` pieces of work at a time, in the order in which they came. */
function createLane(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let free = atOnce
  const waiting: (() => void)[] = []
  return async (work) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
  }
}

function ask(child: ChildProcess, job: ArtifactJob, withinMs: number, signal: AbortSignal | undefined): Promise<JobAnswer> {
  return new Promise<JobAnswer>((resolve, reject) => {
    const until = AbortSignal.any([AbortSignal.timeout(Math.min(withinMs, longestTimerMs)), ...(signal ? [signal] : [])])
    const settle = (act: () => void) => {
      child.off('message', message)
      child.off('exit', gone)
      until.removeEventListener('abort', late)
      act()
    }
    const message = (reported: unknown) => settle(() => answered(JobMessage.parse(reported), resolve, reject))
    const gone = () => {
      const how = child.signalCode ?? (child.exitCode === null ? 'its channel is closed' : `exit code ${child.exitCode}`)
      settle(() => reject(new Problem('target-unavailable', `the process that reads artifacts ended (${how})`)))
    }
    const late = () =>
      settle(() =>
        reject(
          signal?.aborted
            ? new Problem('target-unavailable', 'the caller no longer waits for the artifact')
            : new Problem('target-unavailable', `the artifact took longer than ${withinMs / 1000} s`, {
                hint: 'leave out what the service does not need, by lines in .holdfastignore',
              }),
        ),
      )
    child.ref()
    child.channel?.ref()
    child.on('message', message)
    child.on('exit', gone)
    until.addEventListener('abort', late, { once: true })
    if (until.aborted) late()
    else child.send(job, (error) => error && gone())
  })
}

function answered(
  reported: z.output<typeof JobMessage>,
  resolve: (answer: JobAnswer) => void,
  reject: (error: Problem) => void,
): void {
  if ('answer' in reported) return resolve(reported.answer)
  const { code, detail, hint } = reported.problem
  reject(new Problem(isProblemCode(code) ? code : 'internal', detail, hint === undefined ? {} : { hint }))
}
