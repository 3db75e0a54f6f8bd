import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { parsePrometheusText } from '../../adapters/metrics/prometheus-text.ts'
import { testDatabase } from '../stack/postgres.ts'
import { testTemporal } from '../stack/temporal.ts'
import { startWorkers } from '../stack/workers.ts'

describe('the metrics of a worker', function () {
  this.timeout(60_000)

  it("are its own together with those of Temporal's core, each name once", async () => {
    const { address } = await testTemporal()
    await using workers = await startWorkers({ DATABASE_URL: await testDatabase(), TEMPORAL_ADDRESS: address })
    for (const name of ['control', 'act', 'analysis']) {
      const log = readFileSync(join(workers.logs, `${name}.log`), 'utf8')
      const [, port] = /"metricsPort":(\d+)/.exec(log) ?? []
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`)
      const text = await answer.text()
      expect(answer.headers.get('content-type')).to.match(/^text\/plain; version=0\.0\.4/)
      expect(text).to.match(new RegExp(`^process_cpu_seconds_total\\{worker="${name}"\\} `, 'm'))
      expect(text).to.match(new RegExp(`^temporal_worker_task_slots_available\\{.*task_queue="${name}"`, 'm'))
      expect(parsePrometheusText(text), 'every line is of the format').not.to.have.length(0)
      const typed = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, metric]) => metric)
      expect(typed).to.deep.equal([...new Set(typed)])
    }
  })
})
