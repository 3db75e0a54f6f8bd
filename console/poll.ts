/** Asking again and again while a page is looked at. */

/**
 * Calls `look` at once and `everyMs` after each call has ended, five times as rarely while the page is hidden. Answers how it is stopped.
 */
export function poll(look: (isStopped: () => boolean) => Promise<void>, everyMs: number): () => void {
  let timer: ReturnType<typeof setTimeout>
  let stopped = false
  const again = async () => {
    await look(() => stopped)
    if (!stopped) timer = setTimeout(() => void again(), document.hidden ? everyMs * 5 : everyMs)
  }
  void again()
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}
