/** Runs one part of a sweep. A failure is logged and does not stop the other parts; the next sweep tries again. */
export async function attempt(
  log: (error: unknown, what: string) => void,
  what: string,
  work: () => Promise<unknown>,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    log(error, what)
  }
}
