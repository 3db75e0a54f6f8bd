/** The requests of Temporal's Web UI to a codec server, and the answers. */
import { z } from 'zod'

/** Enough for every page of a history that the Web UI asks for. */
const mostPayloads = 1_000

const Payload = z.strictObject({
  /** By name, in base64; most important is `encoding`. */
  metadata: z.record(z.string().min(1).max(100), z.base64()),
  data: z.base64().exactOptional(),
})

export const PayloadsRequest = z.object({ payloads: z.array(Payload).max(mostPayloads) }).meta({ id: 'PayloadsRequest' })
export const PayloadsAnswer = z.object({ payloads: z.array(Payload) }).meta({ id: 'PayloadsAnswer' })
