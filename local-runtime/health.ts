/** Health checks: quick until the first good answer, then as declared. */
import { request } from 'node:http'
import { pause, startPatience } from '../adapters/timer.ts'

export interface HealthCheck {
  readonly port: number
  readonly path: string
  readonly everyMs: number
  readonly timeoutMs: number
  /** Good answers in a row that make it healthy. */
  readonly healthyAfter: number
  /** Bad answers in a row that make it unhealthy again. */
  readonly unhealthyAfter: number
}

/** Until the first good answer, the pace is quick, because somebody waits for the start. */
const eagerMs = 100

export interface Probed {
  readonly healthy: boolean
  readonly why: string
  /** Somebody took the connection, whatever came of it. */
  readonly isListening: boolean
}

/**
 * Asks until `signal` aborts, and reports each answer with an explanation. 2xx and 3xx are good. No connection is as bad as no answer.
 */
export async function probe(check: HealthCheck, signal: AbortSignal, tell: (probed: Probed) => void): Promise<void> {
  let [good, bad, healthy, answered] = [0, 0, false, false]
  while (!signal.aborted) {
    const { ok, why, isListening } = await ask(check)
    if (signal.aborted) return
    good = ok ? good + 1 : 0
    bad = ok ? 0 : bad + 1
    answered ||= ok
    healthy = healthy ? bad < check.unhealthyAfter : good >= check.healthyAfter
    tell({ healthy, why, isListening })
    await pause(answered ? check.everyMs : Math.min(eagerMs, check.everyMs), signal)
  }
}

interface ProbeAnswer {
  readonly ok: boolean
  readonly why: string
  readonly isListening: boolean
}

/** In people's words, by code. */
const causes = (port: number, timeoutMs: number): Readonly<Record<string, string>> => ({
  ABORT_ERR: `health check: no answer in ${timeoutMs} ms`,
  ECONNREFUSED: `health check: nothing listens on PORT, which is ${port} (ECONNREFUSED)`,
})

/** Never throws: what cannot be asked is a bad answer, whatever it is. */
function ask({ port, path, timeoutMs }: HealthCheck): Promise<ProbeAnswer> {
  const limit = new AbortController()
  const timer = startPatience(timeoutMs, () => limit.abort(), { idle: true })
  return new Promise<ProbeAnswer>((resolve) => {
    const bad = (error: unknown) => {
      const { code = (error as Error).name } = error as NodeJS.ErrnoException
      resolve({
        ok: false,
        isListening: code !== 'ECONNREFUSED' && code !== 'ERR_UNESCAPED_CHARACTERS',
        why: causes(port, timeoutMs)[code] ?? `health check failed: ${code}`,
      })
    }
    try {
      const probe = request({ host: '127.0.0.1', port, path, agent: false, signal: limit.signal }, (answer) => {
        const status = answer.statusCode ?? 0
        // Its body is of no interest and may have no end.
        answer.once('error', () => {})
        answer.destroy()
        resolve({ ok: status >= 200 && status < 400, why: `health check answered ${status}`, isListening: true })
      })
      probe.on('error', bad)
      // Of an answer that switches protocols, or of a CONNECT: nobody speaks that here, and unread it would stay open.
      probe.on('upgrade', (answer, socket) => {
        socket.destroy()
        resolve({ ok: false, why: `health check answered ${answer.statusCode}`, isListening: true })
      })
      probe.end()
    } catch (error) {
      bad(error)
    }
  }).finally(() => timer.cancel())
}
