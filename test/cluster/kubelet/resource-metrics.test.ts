import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { parsePrometheusText } from '../../../adapters/metrics/prometheus-text.ts'
import { until } from '../../stack/until.ts'
import { bytesOf } from './memory-group.ts'
import { resourceMetrics } from './resource-metrics.ts'
import { readUsage } from './usage.ts'

describe('the resource metrics of the process kubelet', () => {
  it('are Prometheus text with what metrics-server asks for', () => {
    const usage = { namespace: 'shop', pod: 'shop-1', container: 'app', startedAt: 5_000, cpuSeconds: 1.5, memoryBytes: 2_048 }
    const written = resourceMetrics([usage], { cpuSeconds: 1, memoryBytes: 1 }, 9_000)
    expect(written).to.include('container_cpu_usage_seconds_total{container="app",namespace="shop",pod="shop-1"} 1.5 9000\n')
    expect(written).to.include('container_start_time_seconds{container="app",namespace="shop",pod="shop-1"} 5\n')
    expect(written).to.include('node_memory_working_set_bytes 2049 9000\n')
    expect(() => parsePrometheusText(written)).to.not.throw()
  })

  it('count the time and the memory of a whole process group', async () => {
    const busy = 'while (process.cpuUsage().user < 2e5); console.log("done"); setInterval(() => {}, 1e6)'
    const group = spawn('sh', ['-c', '"$0" -e "$1" & "$0" -e "$1" & wait', process.execPath, busy], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const pid = group.pid ?? 0
    try {
      let said = ''
      group.stdout.setEncoding('utf8').on('data', (chunk: string) => void (said += chunk))
      await until('both at rest', () => said === 'done\ndone\n', 30_000)
      const usage = readUsage(new Set([pid])).get(pid)
      expect(usage?.cpuSeconds).to.be.greaterThan(0.1)
      expect(usage?.memoryBytes).to.be.greaterThan(40e6)
    } finally {
      process.kill(-pid, 'SIGKILL')
      await once(group, 'exit')
    }
  })

  it('read quantities of memory', () => {
    expect(['64Mi', '1.5Gi', '500M', '1000', undefined, '1e3', '2Ti'].map(bytesOf)).to.deep.equal([
      67_108_864,
      1_610_612_736,
      500_000_000,
      1_000,
      undefined,
      undefined,
      undefined,
    ])
  })
})
