/** A server whose process is halted: there, and of no use. */

interface Server {
  readonly child: { readonly pid: number }
  /** What its supervisor asks. */
  answers(): Promise<unknown>
}

/** What asking it fails with while it stands still; null: it answered. */
export async function failureWhileStill({ answers, child }: Server): Promise<unknown> {
  await answers()
  process.kill(child.pid, 'SIGSTOP')
  try {
    await answers()
    return null
  } catch (error) {
    return error
  } finally {
    process.kill(child.pid, 'SIGCONT')
  }
}
