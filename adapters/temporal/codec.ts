/** Payloads are encrypted where the operator has keys. Whoever writes or reads payloads needs the same: API, workers, sweeper, starter. */
import type { ClientOptions } from '@temporalio/client'
import type { PayloadKey } from './encryption.ts'
import { encryptionCodec } from './encryption.ts'

/** Options for a client or worker. @param keys none: payloads stay readable on Temporal's server */
export const codecOf = (keys: readonly PayloadKey[]): Pick<ClientOptions, 'dataConverter'> =>
  keys.length === 0 ? {} : { dataConverter: { payloadCodecs: [encryptionCodec(keys)] } }
