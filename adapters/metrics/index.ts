/** What can count a service's requests: one line each. */
import type { DoorProduct } from '../product.ts'
import type { Metrics } from './metrics.ts'
import { scrapeMetrics } from './scrape.ts'

export const metricsProducts: readonly DoorProduct<Metrics>[] = [scrapeMetrics]
