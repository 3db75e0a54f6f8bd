/** Health checks: quick until the first good answer, then as declared. */
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

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

/** A start is waited for: not at the declared pace. */
const eagerMs = 100

export interface Probed {
  readonly healthy: boolean
  readonly why: string
  /** Somebody took the connection, whatever came of it. */
  readonly isListening: boolean
}

/** Asks until `signal`; tells each answer's verdict and explanation. 2xx and 3xx are good; no connection is as bad as no answer. */
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
    await sleep(answered ? check.everyMs : Math.min(eagerMs, check.everyMs), undefined, { signal }).catch(() => {})
  }
}

function ask({ port, path, timeoutMs }: HealthCheck): Promise<{ ok: boolean; why: string; isListening: boolean }> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, path, agent: false, signal: AbortSignal.timeout(timeoutMs) }
    const asked = request(options, (answer) => {
      const status = answer.statusCode ?? 0
      // Its body is of no interest and may have no end.
      answer.once('error', () => {})
      answer.destroy()
      resolve({ ok: status >= 200 && status < 400, why: `health check answered ${status}`, isListening: true })
    })
    asked.on('error', (error) => {
      const { code = error.name } = error as NodeJS.ErrnoException
      resolve({
        ok: false,
        isListening: code !== 'ECONNREFUSED',
        why: code === 'ABORT_ERR' ? `health check: no answer in ${timeoutMs} ms` : `health check failed: ${code}`,
      })
    })
    asked.end()
  })
}
