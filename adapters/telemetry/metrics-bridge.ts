/** Gives the SDK the metrics of `/metrics`, so that there is one set of instruments for both. */
import { performance } from 'node:perf_hooks'
import { core, metrics, resources } from '@opentelemetry/sdk-node'
import { numberOf } from '../metrics/prometheus-text.ts'
import type { Sample } from '../metrics/prometheus-text.ts'
import type { Family } from './prometheus-text.ts'
import { familiesOf } from './prometheus-text.ts'

export function createMetricsBridge(read: () => Promise<string>): metrics.MetricProducer {
  return {
    async collect() {
      const now = core.millisToHrTime(Date.now())
      const all = familiesOf(await read()).map((family) => metricOf(family, now))
      const scopeMetrics = [{ scope: { name: 'holdfast' }, metrics: all.filter(({ dataPoints }) => dataPoints.length > 0) }]
      return { resourceMetrics: { resource: resources.emptyResource(), scopeMetrics }, errors: [] }
    },
  }
}

const begun = core.millisToHrTime(performance.timeOrigin)

function metricOf({ name, type, help, samples }: Family, endTime: ReturnType<typeof core.millisToHrTime>): metrics.MetricData {
  const base = {
    descriptor: { name, description: help, unit: '', valueType: 1 },
    aggregationTemporality: metrics.AggregationTemporality.CUMULATIVE,
  }
  const times = { startTime: begun, endTime }
  if (type === 'histogram') {
    const dataPoints = histogramsOf(samples).map((point) => ({ ...times, ...point }))
    return { ...base, dataPointType: metrics.DataPointType.HISTOGRAM, dataPoints }
  }
  const dataPoints = samples
    .filter(({ value }) => Number.isFinite(value))
    .map(({ labels, value }) => ({ ...times, attributes: labels, value }))
  return type === 'counter'
    ? { ...base, dataPointType: metrics.DataPointType.SUM, isMonotonic: true, dataPoints }
    : { ...base, dataPointType: metrics.DataPointType.GAUGE, dataPoints }
}

/** Prometheus counts the values up to a bound, OTLP those between two bounds. */
function histogramsOf(samples: readonly Sample[]) {
  const byLabels = Map.groupBy(samples, ({ labels: { le: _le, ...labels } }) => JSON.stringify(Object.entries(labels)))
  return [...byLabels.values()].map((ofOne) => {
    const { le: _le, ...attributes } = ofOne[0]?.labels ?? {}
    const buckets = ofOne
      .flatMap(({ labels: { le }, value }) => (le === undefined ? [] : [{ bound: numberOf(le) ?? Number.NaN, atMost: value }]))
      .sort((one, other) => one.bound - other.bound)
    const end = (suffix: string) => ofOne.find(({ name }) => name.endsWith(suffix))?.value ?? 0
    const counts = buckets.map(({ atMost }, i) => atMost - (buckets[i - 1]?.atMost ?? 0))
    const boundaries = buckets.map(({ bound }) => bound).filter(Number.isFinite)
    return { attributes, value: { buckets: { boundaries, counts }, sum: end('_sum'), count: end('_count') } }
  })
}
