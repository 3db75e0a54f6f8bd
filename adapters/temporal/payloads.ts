/** Decrypts payloads as Temporal's Web UI sends them to a codec server: metadata and data in base64. */
import type { PayloadKey } from './encryption.ts'
import { encryptionCodec } from './encryption.ts'

export interface WebPayload {
  readonly metadata: Readonly<Record<string, string>>
  readonly data?: string
}

export interface Payloads {
  /** In the same order; what is not encrypted as it came. @throws Problem payload-unreadable */
  decode(payloads: readonly WebPayload[]): Promise<readonly WebPayload[]>
}

/** @param keys none: nothing is encrypted, so nothing has to be decrypted */
export const createPayloads = (keys: readonly PayloadKey[]): Payloads => ({
  async decode(payloads) {
    if (keys.length === 0) return payloads
    const decoded = await encryptionCodec(keys).decode(
      payloads.map(({ metadata, data = '' }) => ({
        metadata: Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')])),
        data: Buffer.from(data, 'base64'),
      })),
    )
    return decoded.map(({ metadata, data }) => ({
      metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)])),
      data: base64(data),
    }))
  },
})

const base64 = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString('base64')
