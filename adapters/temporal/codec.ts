/** Payloads may be encrypted by a codec of the operator's. Everybody who writes or reads payloads needs the same: API, workers, sweeper. */
import type { ClientOptions } from '@temporalio/client'

type Codec = NonNullable<NonNullable<ClientOptions['dataConverter']>['payloadCodecs']>[number]

/** Options for a client or worker. @param module exports `payloadCodec`; empty: payloads stay readable */
export async function codecOf(module: string): Promise<Pick<ClientOptions, 'dataConverter'>> {
  if (!module) return {}
  const { payloadCodec } = (await import(module)) as { payloadCodec: Codec }
  return { dataConverter: { payloadCodecs: [payloadCodec] } }
}
