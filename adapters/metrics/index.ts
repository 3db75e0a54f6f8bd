/** What can count a service's requests: one line each. */
import type { MetricsProduct } from './metrics.ts'
import { prometheusMetrics } from './prometheus.ts'
import { scrapeMetrics } from './scrape.ts'

export const metricsProducts: readonly MetricsProduct[] = [scrapeMetrics, prometheusMetrics]
