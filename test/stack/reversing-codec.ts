/** A payload codec as an operator's may be, but for its secrecy: every payload is turned round and says so. */
import type { Payload, PayloadCodec } from '@temporalio/common'

const encoding = Buffer.from('binary/reversed')
const reversed = (data: Uint8Array | null | undefined): Uint8Array => Uint8Array.from(data ?? []).reverse()

export const payloadCodec: PayloadCodec = {
  async encode(payloads) {
    return payloads.map(({ metadata, data }): Payload => {
      const was = metadata?.['encoding']
      return { metadata: { ...metadata, encoding, ...(was ? { was } : {}) }, data: reversed(data) }
    })
  },
  async decode(payloads) {
    return payloads.map(({ metadata, data }): Payload => {
      const { was, ...rest } = metadata ?? {}
      if (!was) throw new Error('a payload that nobody encoded')
      return { metadata: { ...rest, encoding: was }, data: reversed(data) }
    })
  },
}
