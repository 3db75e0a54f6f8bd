/** The codec server: decrypts workflow payloads for callers that may read them, so that Temporal's Web UI can show them. */
import { PayloadsAnswer, PayloadsRequest } from '../../schema/payloads.ts'
import { verbOf } from '../../schema/verbs.ts'
import { ok, route } from '../route.ts'

export const decodePayloads = route({
  verb: verbOf('payload', 'decode'),
  body: PayloadsRequest,
  answers: { 200: PayloadsAnswer },
  // Decrypted text is not stored.
  isReplayed: false,
  needs: ['payloads'],
  handle: async ({ body }, { payloads }) => ok({ payloads: await payloads.decode(body.payloads) }),
})
