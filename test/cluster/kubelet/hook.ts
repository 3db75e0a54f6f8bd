/** Runs a preStop hook, at most for the rest of the grace. */
import type { V1Container } from '@kubernetes/client-node'
import { pause } from '../../../adapters/timer.ts'
import type { ContainerRun } from './container-run.ts'
import { askHttp } from './probing.ts'

/** Answers why the hook failed, else undefined. The container ends either way. When the container ends by itself, its hook ends too. */
export async function runHook(spec: V1Container, podIP: string, forMs: number, run: ContainerRun): Promise<string | undefined> {
  const { sleep, exec, httpGet } = spec.lifecycle?.preStop ?? {}
  if (sleep) {
    const ended = new AbortController()
    void run.process.exited.then(() => ended.abort())
    await pause(Math.min(sleep.seconds * 1_000, forMs), ended.signal)
    return undefined
  }
  if (!exec && !httpGet) return 'this kubelet runs exec, httpGet and sleep'
  const answer = await (exec ? run.exec(exec.command ?? [], forMs) : httpGet && askHttp(httpGet, spec, podIP, forMs))
  return answer?.isWell ? undefined : answer?.message
}
