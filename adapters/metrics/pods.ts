/** Counters that the pods of a service on a cluster answer with. Each look reads them anew through the cluster's API server. */
import { z } from 'zod'
import { RequestPath } from '../command.ts'
import { Problem } from '../../domain/problem.ts'
import type { ApiServer } from '../kubernetes/api-server.ts'
import { apiServerOf, clusterSettings, withinCluster } from '../kubernetes/clients.ts'
import { readPods } from '../kubernetes/pod-metrics.ts'
import { OnCluster } from '../kubernetes/traffic-config.ts'
import type { ProviderSettings } from '../provider.ts'
import type { MetricsProvider } from './metrics.ts'
import { Counters, Label } from './prometheus-config.ts'

const config = z.strictObject({
  path: RequestPath.default('/metrics').describe('path where each pod answers with Prometheus text'),
  port: z.int().min(1).max(65_535).exactOptional().describe("port of the pods for it. Default: the target's"),
  labels: z
    .strictObject({ code: Label.default('code').describe('label of `responses` with the status code') })
    .prefault({})
    .describe('labels that say what a series counts'),
  counters: Counters.exactOptional().describe('names of the counters. Default: those of the local runtime'),
})

export const podMetrics: MetricsProvider = {
  kind: 'pods',
  targets: ['kubernetes'],
  settings: clusterSettings,
  config,
  within: withinCluster,
  counts(declared) {
    const { counters } = config.parse(declared)
    return counters && !counters.histogram ? ['errors', 'status'] : ['errors', 'status', 'latency']
  },
  create(settings, declared, target) {
    const { port, ...rest } = config.parse(declared)
    const { cluster, namespace, port: targetPort } = OnCluster.parse(target)
    return {
      read: async (wanted) => readPods(serverOf(settings, cluster), { ...rest, namespace, port: port ?? targetPort }, wanted),
      // A pod knows its counters of now and none of before, so the dispersion is the default one.
      history: async () => [],
    }
  },
}

/** @throws Problem metrics-unavailable where the operator's file has no such cluster or cannot be used, which makes a look blind */
function serverOf(settings: ProviderSettings, cluster: string): ApiServer {
  try {
    return apiServerOf(settings, cluster)
  } catch (error) {
    throw new Problem('metrics-unavailable', `the pods cannot be asked: ${(error as Error).message}`, { cause: error })
  }
}
