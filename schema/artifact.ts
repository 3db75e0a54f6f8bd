/** What a release of a path would hold, before anything of it is read or kept. */
import { z } from 'zod'
import { namePattern } from '../domain/identity.ts'

export const ArtifactPath = z
  .string()
  .min(1)
  .max(4_096)
  .refine((path) => !path.includes('\0'), 'a path has no zero bytes')

export const ArtifactInspectRequest = z
  .strictObject({
    path: ArtifactPath,
    service: z
      .string()
      .regex(namePattern)
      .optional()
      .meta({ description: 'whose targets are asked; absent: the first kind there is' }),
  })
  .meta({ id: 'ArtifactInspectRequest', description: 'A path on the machine of the target.' })

export const ArtifactContents = z
  .object({
    files: z.number(),
    sizeBytes: z.number(),
    /** The first hundred of what is not part of it, with why; a folder ends in a slash. */
    leftOut: z.array(z.object({ path: z.string(), why: z.string() })),
    leftOutCount: z.number(),
    /** Of the files that are part of it, those that Git ignores. */
    gitIgnored: z.object({ files: z.number(), sizeBytes: z.number() }),
  })
  .meta({ id: 'ArtifactContents', description: 'What of a path is part of the artifact, and what is left out.' })
export type ArtifactContents = z.infer<typeof ArtifactContents>
