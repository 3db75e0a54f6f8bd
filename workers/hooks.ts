/** Runs hooks. A command runs in a working copy of the artifact that is its own and is removed after it. */
import type { RunHook } from '../activities/dependencies.ts'
import { runHook } from '../adapters/hook.ts'
import { Problem } from '../domain/problem.ts'

/** @param hosts that hooks may call beside loopback */
export const createHooks =
  (hosts: readonly string[]): RunHook =>
  async (call, signal, artifact, target) => {
    if ('http' in call.hook) return runHook(call, signal, hosts)
    const { service, environment } = call
    const lent = await target.lendCopy({ service, environment }, artifact, call.hook.timeoutMs).catch((error: unknown) => {
      // A problem with a hint needs a person: another try does not help.
      if (error instanceof Problem && error.hint) return `${error.message}: ${error.hint}`
      throw error
    })
    if (typeof lent === 'string') return { ok: false, detail: lent }
    try {
      return await runHook(call, signal, hosts, lent)
    } finally {
      // The target takes back a copy that cannot be returned now when its time is over.
      await target.returnCopy(lent.id).catch(() => {})
    }
  }
