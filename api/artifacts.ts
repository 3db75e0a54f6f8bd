/** The artifact of a release: files in a store, which a path is imported into first, or an image, which the target's nodes pull. */
import type { Artifacts } from '../adapters/target/target.ts'
import { isImageByDigest } from '../domain/plan/image.ts'
import type { Environment } from '../domain/plan/service.ts'
import { Problem } from '../domain/problem.ts'
import type { ReleaseRequest } from '../schema/release.ts'
import type { ApiDependencies } from './dependencies.ts'

/** The stores of the targets of these environments, each once. Targets that run images have none. */
export const storesOf = (
  { artifacts }: Pick<ApiDependencies, 'artifacts'>,
  environments: readonly Environment[],
): readonly Artifacts[] => [...new Set(environments.map(({ target }) => target.kind))].flatMap((kind) => artifacts(kind) ?? [])

/**
 * What the release brings to these environments: the digest of files that every store then has, or the image. For a plan, nothing is stored.
 * @param signal aborts when the caller no longer waits
 * @throws Problem digest-mismatch, target-unavailable; invalid-input also where a target does not run such an artifact
 */
export async function findArtifact(
  dependencies: Pick<ApiDependencies, 'artifacts'>,
  environments: readonly Environment[],
  artifact: ReleaseRequest['artifact'],
  purpose: 'release' | 'plan',
  signal?: AbortSignal,
): Promise<string> {
  const isImage = 'image' in artifact
  assertRun(dependencies, environments, isImage)
  return isImage ? artifact.image : artifactDigest(storesOf(dependencies, environments), artifact, purpose, signal)
}

/** @param artifact that an earlier release had; the declaration may have another target since @throws Problem invalid-input */
export const assertStillRun = (
  dependencies: Pick<ApiDependencies, 'artifacts'>,
  environments: readonly Environment[],
  artifact: string,
): void => assertRun(dependencies, environments, isImageByDigest(artifact))

function assertRun(
  { artifacts }: Pick<ApiDependencies, 'artifacts'>,
  environments: readonly Environment[],
  isImage: boolean,
): void {
  const other = environments.find(({ target }) => (artifacts(target.kind) === null) !== isImage)
  if (!other) return
  const { name, target } = other
  const [pointer, needed] = isImage
    ? ['/artifact/image', 'files: name their path, or the digest of stored ones']
    : ['/artifact', 'images: name one by its digest, name@sha256:<digest>']
  throw new Problem('invalid-input', `the target of ${name} is of kind ${target.kind}, which runs ${needed}`, {
    errors: [{ pointer, detail: `the target of ${name} runs ${isImage ? 'files' : 'images'}` }],
  })
}

/**
 * The digest of the artifact, which every store then has. For a plan, nothing is stored.
 * @param signal aborts when the caller no longer waits
 * @throws Problem digest-mismatch, invalid-input, target-unavailable
 */
export async function artifactDigest(
  stores: readonly Artifacts[],
  artifact: Exclude<ReleaseRequest['artifact'], { readonly image: string }>,
  purpose: 'release' | 'plan',
  signal?: AbortSignal,
): Promise<string> {
  const digest = 'path' in artifact ? await digestOf(stores, artifact.path, purpose, signal) : await present(stores, artifact.ref)
  if (artifact.digest === undefined || artifact.digest === digest) return digest
  throw new Problem('digest-mismatch', `the artifact is ${digest}, not ${artifact.digest}`, {
    hint: 'is it the build you mean?',
    errors: [{ pointer: '/artifact/digest', detail: `it is ${digest}` }],
  })
}

async function digestOf(stores: readonly Artifacts[], path: string, purpose: 'release' | 'plan', signal?: AbortSignal) {
  const read = stores.map((store) => (purpose === 'plan' ? store.digest(path, signal) : store.keep(path, signal)))
  const [digest = '', ...others] = new Set(await Promise.all(read))
  if (others.length === 0) return digest
  throw new Problem('digest-mismatch', `the artifact is ${digest} for one target and ${others.join(', ')} for another`, {
    hint: 'is it the same folder on the machine of each target?',
  })
}

async function present(stores: readonly Artifacts[], ref: string): Promise<string> {
  const all = await Promise.all(stores.map((store) => store.has(ref)))
  if (all.every(Boolean)) return ref
  throw new Problem('invalid-input', `the store has no artifact ${ref}`, {
    hint: 'release it by path once',
    errors: [{ pointer: '/artifact/ref', detail: 'not in the store' }],
  })
}
