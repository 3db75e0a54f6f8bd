/** Payloads may be encrypted by a codec of the operator's. Everybody who writes or reads payloads needs the same: API, workers, sweeper. */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ClientOptions } from '@temporalio/client'
import { Problem } from '../../domain/problem.ts'

type Codec = NonNullable<NonNullable<ClientOptions['dataConverter']>['payloadCodecs']>[number]

/**
 * Options for a client or worker. @param module path of a file that exports `payloadCodec`; empty: payloads stay readable
 * @throws Problem invalid-config when it does not
 */
export async function codecOf(module: string): Promise<Pick<ClientOptions, 'dataConverter'>> {
  if (!module) return {}
  return { dataConverter: { payloadCodecs: [await loaded(module)] } }
}

async function loaded(module: string): Promise<Codec> {
  const hint =
    'HOLDFAST_PAYLOAD_CODEC is a file that exports payloadCodec: { encode, decode }, both from and to lists of payloads'
  let exported: { readonly payloadCodec?: Partial<Codec> }
  try {
    exported = (await import(pathToFileURL(resolve(module)).href)) as typeof exported
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Problem('invalid-config', `the payload codec ${module} cannot be loaded: ${why}`, { hint, cause })
  }
  const { payloadCodec } = exported
  if (typeof payloadCodec?.encode === 'function' && typeof payloadCodec.decode === 'function') return payloadCodec as Codec
  throw new Problem('invalid-config', `${module} exports no payload codec`, { hint })
}
