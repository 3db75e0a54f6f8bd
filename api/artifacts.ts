/** Which artifact a release carries: a path is imported into the store first, a reference must be there. */
import { Problem } from '../domain/problem.ts'
import type { ReleaseRequest } from '../schema/release.ts'
import type { ApiDoors } from './doors.ts'

/**
 * Digest of the artifact, which is in the store then; of a plan, nothing is kept.
 * @param signal ends it: nobody waits any more
 * @throws Problem digest-mismatch, not-found for an unknown reference, target-unavailable, invalid-input
 */
export async function artifactDigest(
  store: ApiDoors['runtime'],
  artifact: ReleaseRequest['artifact'],
  purpose: 'release' | 'plan',
  signal?: AbortSignal,
): Promise<string> {
  const digest = 'path' in artifact ? await digestOf(store, artifact.path, purpose, signal) : await present(store, artifact.ref)
  if (artifact.digest === undefined || artifact.digest === digest) return digest
  throw new Problem('digest-mismatch', `the artifact is ${digest}, not ${artifact.digest}`, {
    hint: 'is it the build you mean?',
    errors: [{ pointer: '/artifact/digest', detail: `it is ${digest}` }],
  })
}

async function digestOf(store: ApiDoors['runtime'], path: string, purpose: 'release' | 'plan', signal?: AbortSignal) {
  const { digest } = await (purpose === 'plan' ? store.digestArtifact(path, signal) : store.importArtifact(path, signal))
  return digest
}

async function present(store: ApiDoors['runtime'], ref: string): Promise<string> {
  if (await store.hasArtifact(ref)) return ref
  throw new Problem('invalid-input', `the store has no artifact ${ref}`, {
    hint: 'release it by path once',
    errors: [{ pointer: '/artifact/ref', detail: 'not in the store' }],
  })
}
