/** Health checks: every 100 ms until the first good answer, then as declared. */
import { request } from 'node:http'
import { pause, startPatience } from '../adapters/timer.ts'

export interface HealthCheck {
  readonly port: number
  readonly path: string
  readonly everyMs: number
  readonly timeoutMs: number
  /** This many good answers in a row make it healthy. */
  readonly healthyAfter: number
  /** This many bad answers in a row make it unhealthy again. */
  readonly unhealthyAfter: number
}

/** Before the first good answer the release waits, so the checks are frequent. */
const eagerMs = 100

export interface Probed {
  readonly healthy: boolean
  readonly why: string
  /** A process accepted the connection, whatever it answered. */
  readonly isListening: boolean
}

/**
 * Checks until `signal` aborts, and reports each answer with an explanation. 2xx and 3xx are good. A refused connection is a bad answer.
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

/** Explanations for people, by error code. */
const causes = (port: number, timeoutMs: number): Readonly<Record<string, string>> => ({
  ABORT_ERR: `health check: no answer in ${timeoutMs} ms`,
  ECONNREFUSED: `health check: nothing listens on PORT, which is ${port} (ECONNREFUSED)`,
})

/** Never throws. A check that fails for any reason is a bad answer. */
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
        // The body does not matter and may be endless.
        answer.once('error', () => {})
        answer.destroy()
        resolve({ ok: status >= 200 && status < 400, why: `health check answered ${status}`, isListening: true })
      })
      probe.on('error', bad)
      // An answer that switches protocols is bad. Its socket would stay open unless it is destroyed.
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
