/**
 * The Prometheus servers that may be called, and the credential for them. Declarations name addresses, so without this list they could make
 * Holdfast call any internal service.
 */
import type { Setting } from '../setting.ts'
import { list, text } from '../setting.ts'

export const prometheusSettings = {
  prometheusHosts: {
    variable: 'HOLDFAST_PROMETHEUS_HOSTS',
    preset: '',
    unit: 'hosts, by commas',
    schema: list,
    meaning: 'hosts (`host` or `host:port`) of Prometheus that declarations may name besides loopback',
  },
  prometheusToken: {
    variable: 'HOLDFAST_PROMETHEUS_TOKEN',
    preset: '',
    unit: 'token',
    schema: text.regex(/^[\x21-\x7e]*$/, 'must be visible ASCII without blanks'),
    meaning: 'bearer token, sent only to the hosts of `HOLDFAST_PROMETHEUS_HOSTS`; empty: none',
    secret: true,
  },
} as const satisfies Record<string, Setting>

export interface PrometheusAccess {
  /** `host` or `host:port`; loopback is allowed without being named. */
  readonly prometheusHosts: readonly string[]
  /** The bearer token for the hosts that are named here, and for no other; empty: none. */
  readonly prometheusToken: string
}
