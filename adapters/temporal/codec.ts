/** Encrypts payloads where the operator sets keys. API, workers, sweeper and `npm start` need the same keys. */
import type { ClientOptions } from '@temporalio/client'
import type { PayloadKey } from './encryption.ts'
import { encryptionCodec } from './encryption.ts'

/** Options for a client or worker. @param keys none: payloads stay readable on Temporal's server */
export const codecOf = (keys: readonly PayloadKey[]): Pick<ClientOptions, 'dataConverter'> =>
  keys.length === 0 ? {} : { dataConverter: { payloadCodecs: [encryptionCodec(keys)] } }
