/** Logs when an exporter begins to fail and when it works again, instead of at every attempt. */
import type { Logger } from 'pino'

interface Result {
  readonly code: number
  readonly error?: Error
}

interface Exporter {
  export(items: never, done: (result: Result) => void): void
}

export function logOnce<E extends Exporter>(exporter: E, what: string, log: Logger): E {
  let isFailing = false
  const send = exporter.export.bind(exporter)
  exporter.export = (items, done) =>
    send(items, (result) => {
      const failed = result.error !== undefined || result.code !== 0
      if (failed && !isFailing) log.warn({ reason: result.error?.message }, `${what} cannot be sent; this delays nothing else`)
      if (!failed && isFailing) log.info(`${what} are sent again`)
      isFailing = failed
      done(result)
    })
  return exporter
}
