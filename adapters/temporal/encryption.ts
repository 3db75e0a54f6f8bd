/**
 * The payload codec: AES-256-GCM under the operator's keys. The first key encrypts and every key decrypts. To rotate, put a new key in
 * front, and leave the old one until nothing that it encrypted is kept.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { PayloadCodec } from '@temporalio/common'
import proto from '@temporalio/proto'
import { Problem } from '../../domain/problem.ts'
import { settings } from '../settings.ts'

export interface PayloadKey {
  /** Stored in clear text beside the encrypted data. */
  readonly id: string
  /** 32 bytes. */
  readonly key: Buffer
}

type Payload = Parameters<PayloadCodec['encode']>[0][number]

const { Payload: Wire } = proto.temporal.api.common.v1
const encoding = 'binary/encrypted'
const [nonceBytes, tagBytes] = [12, 16]
const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8')
const textOf = (value: Uint8Array | null | undefined): string => Buffer.from(value ?? []).toString('utf8')

/** @param keys at least one. Payloads that are not encrypted pass unchanged, so that those from before the keys stay readable. */
export function encryptionCodec(keys: readonly PayloadKey[]): PayloadCodec {
  const [current] = keys
  if (!current) throw new TypeError('a codec needs a key')
  return {
    encode: async (payloads) => payloads.map((payload) => encrypt(current, payload)),
    decode: async (payloads) => payloads.map((payload) => decrypt(keys, payload)),
  }
}

function encrypt({ id, key }: PayloadKey, payload: Payload): Payload {
  const nonce = randomBytes(nonceBytes)
  // GCM authenticates the key's id too, so that a payload cannot be passed off as another key's.
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(bytes(id))
  const text = Buffer.concat([cipher.update(Wire.encode(payload).finish()), cipher.final()])
  return {
    metadata: { encoding: bytes(encoding), 'encryption-key-id': bytes(id) },
    data: Buffer.concat([nonce, cipher.getAuthTag(), text]),
  }
}

/** @throws Problem payload-unreadable for an unknown key, or for changed bytes */
function decrypt(keys: readonly PayloadKey[], payload: Payload): Payload {
  if (textOf(payload.metadata?.['encoding']) !== encoding) return payload
  const id = textOf(payload.metadata?.['encryption-key-id'])
  const key = keys.find((one) => one.id === id)?.key
  if (!key)
    throw new Problem('payload-unreadable', `a payload is encrypted with key '${id}', which is not among the payload keys`, {
      hint: `${settings.payloadKeys.variable} keeps an old key until no workflow that used it is left`,
    })
  const data = Buffer.from(payload.data ?? [])
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, data.subarray(0, nonceBytes)).setAAD(bytes(id))
    decipher.setAuthTag(data.subarray(nonceBytes, nonceBytes + tagBytes))
    return Wire.decode(Buffer.concat([decipher.update(data.subarray(nonceBytes + tagBytes)), decipher.final()]))
  } catch (cause) {
    throw new Problem('payload-unreadable', `a payload of key '${id}' was changed, or the key is another one`, { cause })
  }
}
