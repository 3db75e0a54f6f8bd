/** The type of a setting, and parsers for its text. The settings themselves are rows of settings.ts. */
import { z } from 'zod'
import { isLoopback } from '../domain/plan/loopback.ts'

export interface Setting {
  /** Name in the environment. A secret is also read from the file that `<variable>_FILE` names. */
  readonly variable: string
  /** The default, as text in the environment; null when the setting must be set. */
  readonly preset: string | null
  readonly unit: string
  readonly meaning: string
  readonly schema: z.ZodType<unknown, string>
  /** Refuses more than `schema`, before anything starts: what a process that is started again bears, because reverts depend on it. */
  readonly firstSchema?: z.ZodType<unknown, string>
  readonly secret?: true
  /** Read only with HOLDFAST_TEST=1. Without that, it is an error if it is set. */
  readonly testOnly?: true
}

export const text = z.string()
export const port = text
  .regex(/^\d{1,5}$/, 'must be a port, 0 to 65535')
  .transform(Number)
  .refine((value) => value <= 65_535, 'must be a port, 0 to 65535')
export const list = text.transform((items): readonly string[] =>
  items
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
)
export const url = text.refine((value) => value === '' || /^https?:\/\//.test(value), 'must begin with http:// or https://')
/** As terminals and CI write it: any value means yes, except `false` and `0`. */
export const flag = text.transform((value) => !['', 'false', '0'].includes(value))
/** A relative folder is ignored, as the XDG specification says. */
export const absoluteFolder = text.transform((folder) => (folder.startsWith('/') ? folder : ''))

/**
 * The one spelling of an API's address: scheme, host, port, path without a trailing slash. Faults do not quote it, as it may have a key.
 */
export const apiAddress = text.trim().transform((address, ctx): string => {
  const url = URL.canParse(address) ? new URL(address) : null
  const fault = (message: string) => {
    ctx.addIssue({ code: 'custom', message })
    return z.NEVER
  }
  if (!url || !/^https?:$/.test(url.protocol)) return fault('must begin with http:// or https://')
  if (url.username || url.password || url.search || url.hash) return fault('must be an address and nothing more, without a key')
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    return fault(`would send the key to ${url.hostname} in the clear: use https`)
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
})
/** A credential belongs into a header, because addresses are shown. */
export const collectorUrl = url.refine(
  (value) => value === '' || (URL.canParse(value) && !/^https?:\/\/[^/]*@/.test(value)),
  'must be an address without a credential',
)
/** Headers as OpenTelemetry defines them: `name=value`, with percent-encoded values where needed. */
export const headers = text.refine(
  (pairs) => pairs.split(',').every((pair) => /^\s*([\w.-]+ *=(?:[ -$&-~]|%[2-7][0-9a-f])*)?$/i.test(pair)),
  'must be name=value, by commas',
)
export const choice = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` })

/** `id:key` by blanks or new lines, each key 32 bytes in base64; ids are told apart. */
export const payloadKeys = text.transform((value, ctx): readonly { readonly id: string; readonly key: Buffer }[] => {
  const keys = value.split(/\s+/).filter(Boolean)
  const parsed = keys.flatMap((pair) => {
    const [, id, key] = /^([\w.-]{1,64}):([A-Za-z0-9+/_-]{43}=?)$/.exec(pair) ?? []
    return id === undefined || key === undefined ? [] : [{ id, key: Buffer.from(key, 'base64') }]
  })
  if (parsed.length < keys.length || new Set(parsed.map(({ id }) => id)).size < parsed.length) {
    ctx.addIssue({ code: 'custom', message: 'must be id:key by blanks, each id once and each key 32 bytes in base64' })
    return z.NEVER
  }
  return parsed
})
