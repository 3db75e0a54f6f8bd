/** Runs hooks. A command runs in a working copy of the artifact, which is removed afterwards. */
import type { RunHook } from '../activities/dependencies.ts'
import { runHook } from '../adapters/hook.ts'
import { Problem } from '../domain/problem.ts'

/** @param hosts that hooks may call besides loopback */
export const createHooks =
  (hosts: readonly string[]): RunHook =>
  async (call, signal, artifact, target) => {
    if ('http' in call.hook) return runHook(call, signal, hosts)
    const { service, environment } = call
    const lent = await target.lendCopy({ service, environment }, artifact, call.hook.timeoutMs).catch((error: unknown) => {
      // A problem with a hint needs a person, so another attempt does not help.
      if (error instanceof Problem && error.hint) return `${error.message}: ${error.hint}`
      throw error
    })
    if (typeof lent === 'string') return { ok: false, detail: lent }
    try {
      return await runHook(call, signal, hosts, lent)
    } finally {
      // If the copy cannot be returned now, the target removes it when its time is over.
      await target.returnCopy(lent.id).catch(() => {})
    }
  }
