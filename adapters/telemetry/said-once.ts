/** An exporter that says in the log when it begins to fail and when it works again, instead of at every attempt. */
import type { SpanExporter } from '@opentelemetry/sdk-trace-node'
import type { Logger } from 'pino'

export function saidOnce(exporter: SpanExporter, log: Logger): SpanExporter {
  let isFailing = false
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const failed = result.error !== undefined || result.code !== 0
        if (failed && !isFailing)
          log.warn({ reason: result.error?.message }, 'traces cannot be sent; nothing else is held up by that')
        if (!failed && isFailing) log.info('traces are sent again')
        isFailing = failed
        done(result)
      }),
    shutdown: () => exporter.shutdown(),
  }
}
