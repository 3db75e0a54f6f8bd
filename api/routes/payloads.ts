/** The codec server: decrypts what workflows carry for callers who may read it, so that Temporal's Web UI stays readable. */
import { PayloadsAnswer, PayloadsRequest } from '../../schema/payloads.ts'
import { verbOf } from '../../schema/verbs.ts'
import { ok, route } from '../route.ts'

export const decodePayloads = route({
  verb: verbOf('payload', 'decode'),
  body: PayloadsRequest,
  answers: { 200: PayloadsAnswer },
  // Decrypted text is told and kept nowhere.
  isReplayed: false,
  needs: ['payloads'],
  handle: async ({ body }, { payloads }) => ok({ payloads: await payloads.decode(body.payloads) }),
})
