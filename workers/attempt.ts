/** One failure does not stop the others: it is logged, and the next sweep tries again. */
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
