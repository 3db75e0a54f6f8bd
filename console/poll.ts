/** Repeated reads of a page. */

/**
 * Calls `read` at once and `everyMs` after each call has ended, five times less often while the page is hidden. Returns the function that
 * stops it.
 */
export function poll(read: (isStopped: () => boolean) => Promise<void>, everyMs: number): () => void {
  let timer: ReturnType<typeof setTimeout>
  let stopped = false
  const again = async () => {
    await read(() => stopped)
    if (!stopped) timer = setTimeout(() => void again(), document.hidden ? everyMs * 5 : everyMs)
  }
  void again()
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}
