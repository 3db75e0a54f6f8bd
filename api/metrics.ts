/** Measurements of the API process, for Prometheus. */
import type { Measures } from '../adapters/postgres/releases/measures.ts'
import { domainMetrics } from './domain-metrics.ts'
import { Counter, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

export interface ApiMetrics {
  readonly registry: Registry
  readonly requestSeconds: Histogram<'method' | 'route' | 'status'>
  readonly refusedRequests: Counter<'cost'>
  /** The measurements of the domain, as Prometheus text. */
  readonly domain: () => Promise<string>
}

/** @param readDomain sums of the database */
export function createApiMetrics(readDomain: () => Promise<Measures>): ApiMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requestSeconds = new Histogram({
    name: 'holdfast_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer, by route.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3, 10],
    registers: [registry],
  })
  const refusedRequests = new Counter({
    name: 'holdfast_rate_limited_requests_total',
    help: "Requests refused because their client's bucket was empty, by cost class.",
    labelNames: ['cost'],
    registers: [registry],
  })
  return { registry, requestSeconds, refusedRequests, domain: domainMetrics(readDomain) }
}
