/** Small stand-ins for providers, for tests of the declaration only. */
import { z } from 'zod'
import { createDeclarationSchema } from '../../schema/declaration.ts'

export const testDeclaration = createDeclarationSchema({
  targets: [
    {
      kind: 'local',
      runs: 'files',
      beside: { traffic: 'local', metrics: 'scrape' },
      config: z.strictObject({ command: z.array(z.string()).min(1), replicas: z.int().min(1).default(1) }),
    },
    { kind: 'imaged', runs: 'images', beside: { traffic: 'halves', metrics: 'scrape-all' }, config: z.strictObject({}) },
  ],
  traffics: [
    { kind: 'local', targets: ['local'], config: z.strictObject({ port: z.int().optional() }) },
    { kind: 'halves', config: z.strictObject({}).transform(() => ({ split: 'replicas' })) },
  ],
  metrics: [
    { kind: 'scrape-all', config: z.strictObject({}), counts: () => ['errors'] },
    { kind: 'scrape', targets: ['local'], config: z.strictObject({}), counts: () => ['errors', 'status', 'latency'] },
    { kind: 'prometheus', config: z.strictObject({ url: z.string() }), counts: () => ['errors', 'status', 'latency', 'query'] },
  ],
})
