/** The providers that count a service's requests, one line each. */
import type { MetricsProvider } from './metrics.ts'
import { podMetrics } from './pods.ts'
import { prometheusMetrics } from './prometheus.ts'
import { scrapeMetrics } from './scrape.ts'

export const metricsProviders: readonly MetricsProvider[] = [scrapeMetrics, prometheusMetrics, podMetrics]
