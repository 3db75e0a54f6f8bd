/** The files that a release of a path would include, listed before any of them is read or stored. */
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
      .meta({ description: 'Service whose target lists the files. Default: a target of the first kind.' }),
  })
  .meta({ id: 'ArtifactInspectRequest', description: 'A path on the machine of the target.' })

export const ArtifactContents = z
  .object({
    files: z.number(),
    sizeBytes: z.number(),
    /** The first hundred entries that are left out, each with the reason. A folder ends in a slash. */
    leftOut: z.array(z.object({ path: z.string(), why: z.string() })),
    leftOutCount: z.number(),
    /** The files of the artifact that Git ignores. */
    gitIgnored: z.object({ files: z.number(), sizeBytes: z.number() }),
  })
  .meta({ id: 'ArtifactContents', description: 'Which files of a path are part of the artifact, and which are left out.' })
export type ArtifactContents = z.infer<typeof ArtifactContents>
