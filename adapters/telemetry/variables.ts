/**
 * OpenTelemetry's own variables. Their text is passed to its SDK unchanged. A value that its specification does not know is refused here.
 */
import type { z } from 'zod'
import type { Setting } from '../setting.ts'
import { choice, collectorUrl, headers, text } from '../setting.ts'

/** Keeps the text, because the SDK parses it. */
interface Variable extends Setting {
  readonly schema: z.ZodType<string, string>
}

const row = (preset: string, unit: string, schema: Variable['schema'], meaning: string) => ({ preset, unit, schema, meaning })
const number = (preset: string, meaning: string) =>
  row(preset, 'number, at least 1', text.regex(/^([1-9]\d{0,8})?$/, 'must be a whole number, at least 1'), meaning)
const milliseconds = (preset: string, meaning: string) => ({ ...number(preset, meaning), unit: 'milliseconds' })
const oneOf = (preset: string, values: readonly string[], meaning: string) =>
  row(preset, values.join(', '), choice(['', ...values]), meaning)
const someOf = (preset: string, values: readonly string[], meaning: string) => {
  const isKnown = (names: string) => names.split(',').every((name) => values.includes(name.trim()))
  return row(
    preset,
    'names, by commas',
    text.refine((names) => names === '' || isKnown(names), `must be of ${values.join(', ')}, by commas`),
    `${meaning}: ${values.join(', ')}`,
  )
}

const samplers = ['always_on', 'always_off', 'traceidratio'] as const
const exporter = (preset: string, what: string) => oneOf(preset, ['otlp', 'none'], `exporter of ${what}`)

const general = {
  OTEL_SDK_DISABLED: oneOf('', ['true', 'false'], '`true`: no telemetry, whatever else is set'),
  OTEL_TRACES_EXPORTER: exporter('otlp', 'traces'),
  OTEL_METRICS_EXPORTER: exporter('none', 'the metrics of `/metrics`'),
  OTEL_LOGS_EXPORTER: exporter('none', 'the log'),
  OTEL_SERVICE_NAME: row('', 'name', text, '`service.name` of all processes; empty: `holdfast-api` and so on'),
  OTEL_RESOURCE_ATTRIBUTES: row('', 'name=value, by commas', headers, 'attributes of all data that is sent'),
  OTEL_NODE_RESOURCE_DETECTORS: someOf(
    '',
    ['env', 'host', 'os', 'process', 'serviceinstance', 'all', 'none'],
    'detectors of attributes of the process; empty: env, process and host; of',
  ),
  OTEL_PROPAGATORS: someOf(
    'tracecontext',
    ['tracecontext', 'baggage', 'b3', 'b3multi', 'jaeger', 'none'],
    'formats of trace headers',
  ),
  OTEL_TRACES_SAMPLER: oneOf(
    'parentbased_always_on',
    [...samplers, ...samplers.map((name) => `parentbased_${name}`)],
    'which requests and workflow starts are traced',
  ),
  OTEL_TRACES_SAMPLER_ARG: row(
    '',
    'share, 0 to 1',
    text.regex(/^(0|1|0?\.\d+|1\.0+|0\.0+)?$/, 'must be 0 to 1'),
    'share that a ratio sampler keeps; empty: 1',
  ),
  OTEL_LOG_LEVEL: oneOf(
    '',
    ['NONE', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'VERBOSE', 'ALL'],
    "level of the SDK's own messages in the process's log; empty: none",
  ),
  OTEL_METRIC_EXPORT_INTERVAL: milliseconds('60000', 'time between two exports of metrics'),
  OTEL_METRIC_EXPORT_TIMEOUT: milliseconds('30000', 'longest time of an export; never more than the interval'),
  OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: number('', 'longest value of an attribute; empty: no limit'),
  OTEL_ATTRIBUTE_COUNT_LIMIT: number('', 'largest number of attributes; empty: 128'),
  OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: number('', 'the same for a span'),
  OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: number('', 'the same for a span'),
  OTEL_SPAN_EVENT_COUNT_LIMIT: number('', 'largest number of events of a span; empty: 128'),
  OTEL_SPAN_LINK_COUNT_LIMIT: number('', 'largest number of links of a span; empty: 128'),
  OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: number('', 'the same for a log record'),
  OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: number('', 'the same for a log record'),
  OTEL_BSP_SCHEDULE_DELAY: milliseconds('5000', 'time between two exports of spans'),
  OTEL_BSP_EXPORT_TIMEOUT: milliseconds('30000', 'longest time of an export'),
  OTEL_BSP_MAX_QUEUE_SIZE: number('2048', 'largest number of spans that wait; more are dropped'),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: number('512', 'largest number of spans in one export'),
  OTEL_BLRP_SCHEDULE_DELAY: milliseconds('1000', 'time between two exports of log records'),
  OTEL_BLRP_EXPORT_TIMEOUT: milliseconds('30000', 'longest time of an export'),
  OTEL_BLRP_MAX_QUEUE_SIZE: number('2048', 'largest number of log records that wait; more are dropped'),
  OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: number('512', 'largest number of log records in one export'),
}

const file = (meaning: string) => row('', 'file', text, meaning)

/** Each variable exists for all signals, and for each signal alone. */
const otlp = {
  ENDPOINT: row(
    '',
    'URL',
    collectorUrl,
    'address of an OTLP collector; empty: none, or one on this machine if an exporter is set',
  ),
  HEADERS: {
    ...row('', 'name=value, by commas', headers, 'headers for the collector, for example a credential'),
    secret: true as const,
  },
  PROTOCOL: oneOf('', ['http/protobuf', 'http/json', 'grpc'], 'protocol of the collector; empty: http/protobuf'),
  TIMEOUT: milliseconds('', 'longest time of an attempt; empty: 10000'),
  COMPRESSION: oneOf('', ['none', 'gzip'], 'compression of the data; empty: none'),
  INSECURE: oneOf('', ['true', 'false'], 'whether gRPC goes without TLS; the scheme of the URL takes precedence'),
  CERTIFICATE: file("certificates of the authorities that sign the collector's certificate"),
  CLIENT_CERTIFICATE: file('client certificate for the collector'),
  CLIENT_KEY: file('key of the client certificate'),
}

type Signal = '' | 'TRACES_' | 'METRICS_' | 'LOGS_'
type OtlpName = `OTEL_EXPORTER_OTLP_${Signal}${keyof typeof otlp}`
type Rows<Names extends string> = { readonly [Name in Names]: Variable }

const named = <Names extends string>(rows: Readonly<Record<Names, Omit<Variable, 'variable'>>>): Rows<Names> =>
  Object.fromEntries(
    Object.entries<Omit<Variable, 'variable'>>(rows).map(([variable, rest]) => [variable, { variable, ...rest }]),
  ) as unknown as Rows<Names>

const signals = ['', 'TRACES_', 'METRICS_', 'LOGS_'] as const
const ofSignal = (signal: Signal, meaning: string) =>
  signal === '' ? meaning : `the same for ${signal.slice(0, -1).toLowerCase()} alone`

export const telemetryVariables = {
  ...named(general),
  ...named(
    Object.fromEntries(
      signals.flatMap((signal) =>
        Object.entries(otlp).map(([part, rest]) => [
          `OTEL_EXPORTER_OTLP_${signal}${part}`,
          { ...rest, meaning: ofSignal(signal, rest.meaning) },
        ]),
      ),
    ) as Record<OtlpName, Omit<Variable, 'variable'>>,
  ),
}

export type TelemetryName = keyof typeof telemetryVariables
export type TelemetryConfig = Readonly<Record<TelemetryName, string>>

export const telemetrySettings = Object.keys(telemetryVariables) as readonly TelemetryName[]
