/**
 * Which Prometheus servers may be asked, and with what. Declarations name addresses: without this they could have any inner service asked.
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
  /** Bearer token for those that are named here, and for no other; empty: none. */
  readonly prometheusToken: string
}
