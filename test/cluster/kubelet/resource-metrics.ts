/** `/metrics/resource`: what metrics-server reads from a kubelet, as Prometheus text. Pure. */
import type { Usage } from './usage.ts'

export interface ContainerUsage extends Usage {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly startedAt: number
}

export function resourceMetrics(containers: readonly ContainerUsage[], own: Usage, now: number): string {
  const sum = (of: (usage: Usage) => number) => containers.reduce((total, each) => total + of(each), of(own))
  const rows = (name: string, of: (each: ContainerUsage) => number, stamp: string) =>
    containers.map((each) => `${name}${labels(each)} ${of(each)}${stamp}`)
  const stamp = ` ${now}`
  return [
    '# TYPE container_cpu_usage_seconds_total counter',
    ...rows('container_cpu_usage_seconds_total', ({ cpuSeconds }) => cpuSeconds, stamp),
    '# TYPE container_memory_working_set_bytes gauge',
    ...rows('container_memory_working_set_bytes', ({ memoryBytes }) => memoryBytes, stamp),
    '# TYPE container_start_time_seconds gauge',
    ...rows('container_start_time_seconds', ({ startedAt }) => startedAt / 1_000, ''),
    '# TYPE node_cpu_usage_seconds_total counter',
    `node_cpu_usage_seconds_total ${sum(({ cpuSeconds }) => cpuSeconds)}${stamp}`,
    '# TYPE node_memory_working_set_bytes gauge',
    `node_memory_working_set_bytes ${sum(({ memoryBytes }) => memoryBytes)}${stamp}`,
    '',
  ].join('\n')
}

/** Names in Kubernetes contain no character that must be escaped for Prometheus. */
const labels = ({ container, namespace, pod }: ContainerUsage): string =>
  `{container="${container}",namespace="${namespace}",pod="${pod}"}`
