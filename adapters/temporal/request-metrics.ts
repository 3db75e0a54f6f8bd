/**
 * Counts a client's requests to Temporal. Temporal's core counts them in a worker; a client alone exports nothing. The metrics have the
 * names of every Temporal SDK, so that one query covers API and workers.
 */
import type { ConnectionOptions } from '@temporalio/client'
import { defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client'
import type { Registry } from 'prom-client'
import { Counter, Histogram } from 'prom-client'

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number]

/** Names of gRPC's status codes, by number. */
const statusNames = [
  ...['OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS', 'PERMISSION_DENIED'],
  ...['RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE'],
  ...['DATA_LOSS', 'UNAUTHENTICATED'],
]

/** For a connection: its calls with the usual retries, each attempt counted in `registry`. */
export function countRequests(registry: Registry, namespace: string): Interceptor[] {
  const registers = [registry]
  const labelNames = ['namespace', 'operation'] as const
  const requests = new Counter({ name: 'temporal_request', help: 'Requests to Temporal.', labelNames, registers })
  const failures = new Counter({
    name: 'temporal_request_failure',
    help: 'Requests to Temporal that failed, by the status code of gRPC.',
    labelNames: [...labelNames, 'status_code'],
    registers,
  })
  const latency = new Histogram({
    name: 'temporal_request_latency',
    help: "Time to the answer of a request to Temporal, in ms; with the edges of Temporal's core, and a lower one.",
    labelNames,
    buckets: [10, 50, 100, 500, 1_000, 2_500, 10_000],
    registers,
  })
  const counted: Interceptor = (options, nextCall) => {
    const call = nextCall(options)
    const labels = { namespace, operation: options.method_definition.path.split('/').at(-1) ?? '' }
    const start = call.start.bind(call)
    call.start = (metadata, listener) => {
      const startedAt = performance.now()
      requests.inc(labels)
      start(metadata, {
        onReceiveMetadata: (received) => listener?.onReceiveMetadata?.(received),
        onReceiveMessage: (message: unknown) => listener?.onReceiveMessage?.(message),
        onReceiveStatus(status) {
          latency.observe(labels, performance.now() - startedAt)
          if (status.code !== 0) failures.inc({ ...labels, status_code: statusNames[status.code] ?? String(status.code) })
          listener?.onReceiveStatus?.(status)
        },
      })
    }
    // The type is stricter than what gRPC needs: the result of `nextCall` is enough.
    return call as ReturnType<Interceptor>
  }
  return [makeGrpcRetryInterceptor(defaultGrpcRetryOptions()), counted]
}
