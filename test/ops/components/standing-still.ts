/** Halts the process of a server, which then does not answer. */

interface Server {
  readonly child: { readonly pid: number }
  /** The supervisor's probe. */
  answers(): Promise<unknown>
}

/** The failure of a probe while the process is halted; null when it answered. */
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
