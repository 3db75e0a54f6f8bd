/** Decrypts payloads as Temporal's Web UI sends them to a codec server: metadata and data in base64. */
import type { PayloadKey } from './encryption.ts'
import { encryptionCodec } from './encryption.ts'

export interface WebPayload {
  readonly metadata: Readonly<Record<string, string>>
  readonly data?: string
}

export interface Payloads {
  /** Returns the payloads in the same order, and those that are not encrypted unchanged. @throws Problem payload-unreadable */
  decode(payloads: readonly WebPayload[]): Promise<readonly WebPayload[]>
}

/** @param keys may be empty: then nothing is encrypted */
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
