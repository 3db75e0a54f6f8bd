/** Counts lost log lines in the process's Prometheus registry, because the log itself cannot report them while its disk is full. */
import type { Registry } from 'prom-client'
import { Counter } from 'prom-client'
import { logLosses } from './log.ts'

export function measureLog(registry: Registry): void {
  const dropped = new Counter({
    name: 'holdfast_log_lines_dropped_total',
    help: "Lines of this process's log that could not be written.",
    registers: [registry],
    collect() {
      dropped.reset()
      dropped.inc(logLosses().droppedLines)
    },
  })
}
