/** The log of a container, as `kubectl logs` asks for it through the API server. */
import { createReadStream, watch } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Writable } from 'node:stream'

export interface LogRequest {
  readonly tailLines?: number | undefined
  readonly limitBytes?: number | undefined
  /** Until the container ends. */
  readonly follow?: Promise<unknown> | undefined
}

/**
 * The lines with instants. A process writes its log itself, so these are that of the log's beginning, a microsecond later per line. A log
 * of a test is small, so it is read whole. @throws Error when there is no such file
 */
export async function stampedLog(file: string, tailLines = Infinity): Promise<string> {
  await using handle = await open(file)
  const { birthtime } = await handle.stat()
  const at = birthtime.toISOString().slice(0, -1)
  const lines = (await handle.readFile('utf8')).split('\n').filter((line) => line !== '')
  const stamped = lines.map((line, index) => `${at}${String(index).padStart(3, '0')}000Z ${line}\n`)
  return stamped.slice(-Math.min(tailLines, stamped.length)).join('')
}

const chunkBytes = 64 * 1_024

/** @throws Error when there is no such file */
export async function sendLog(
  file: string,
  { tailLines, limitBytes = Infinity, follow }: LogRequest,
  out: Writable,
): Promise<void> {
  let from = tailLines === undefined ? 0 : await startOfTail(file, tailLines)
  const until = from + limitBytes
  const send = async (): Promise<void> => {
    if (from >= until) return
    const stream = createReadStream(file, { start: from, ...(until === Infinity ? {} : { end: until - 1 }) })
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      from += chunk.length
      out.write(chunk)
    }
  }
  await send()
  if (follow) await followed(file, follow, send, out)
  out.end()
}

/** Reads one after the other. A change during one read is seen by the next. */
async function followed(file: string, isOver: Promise<unknown>, send: () => Promise<void>, out: Writable): Promise<void> {
  let line = Promise.resolve()
  const next = () => void (line = line.then(send))
  const watcher = watch(file, { persistent: false }, next)
  next()
  const left = new Promise((resolve) => out.once('close', resolve))
  await Promise.race([isOver, left])
  watcher.close()
  next()
  await line
}

/** Where the last `lines` lines begin. Reads the file from its end. */
async function startOfTail(file: string, lines: number): Promise<number> {
  await using handle = await open(file)
  const { size } = await handle.stat()
  if (lines === 0) return size
  let missing = lines
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - chunkBytes)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - start), 0, end - start, start)
    for (let at = bytesRead - 1; at >= 0; at -= 1) {
      // The last line ends with the file, with or without a line feed.
      if (buffer[at] !== 10 || start + at === size - 1) continue
      missing -= 1
      if (missing <= 0) return start + at + 1
    }
    end = start
  }
  return 0
}
