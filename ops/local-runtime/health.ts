/** Health checks: quick until the first good answer, then as declared. */
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export interface HealthCheck {
  readonly port: number
  readonly path: string
  readonly everyMs: number
  readonly timeoutMs: number
  readonly healthyAfter: number
  readonly unhealthyAfter: number
}

const eagerMs = 100

/** Asks until `signal`; tells each change of mind, and each new explanation. 2xx and 3xx are healthy. */
export async function probe(
  check: HealthCheck,
  signal: AbortSignal,
  tell: (healthy: boolean, why: string) => void,
): Promise<void> {
  let [good, bad, healthy] = [0, 0, false]
  while (!signal.aborted) {
    const { ok, why } = await ask(check)
    if (signal.aborted) return
    good = ok ? good + 1 : 0
    bad = ok ? 0 : bad + 1
    healthy = healthy ? bad < check.unhealthyAfter : good >= check.healthyAfter
    tell(healthy, why)
    await sleep(healthy ? check.everyMs : Math.min(eagerMs, check.everyMs), undefined, { signal }).catch(() => {})
  }
}

function ask({ port, path, timeoutMs }: HealthCheck): Promise<{ ok: boolean; why: string }> {
  return new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port, path, agent: false, signal: AbortSignal.timeout(timeoutMs) }, (answer) => {
      answer.resume()
      const status = answer.statusCode ?? 0
      resolve({ ok: status >= 200 && status < 400, why: `health check answered ${status}` })
    })
    asked.once('error', (error) =>
      resolve({ ok: false, why: `health check failed: ${(error as NodeJS.ErrnoException).code ?? error.name}` }),
    )
    asked.end()
  })
}
