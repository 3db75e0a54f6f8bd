/** The artifact of a release. The stores import a path first; a reference must be stored already. */
import type { Artifacts } from '../adapters/target/target.ts'
import type { Environment } from '../domain/plan/service.ts'
import { Problem } from '../domain/problem.ts'
import type { ReleaseRequest } from '../schema/release.ts'
import type { ApiDependencies } from './dependencies.ts'

/** The stores of the targets of these environments, each once. */
export const storesOf = (
  { artifacts }: Pick<ApiDependencies, 'artifacts'>,
  environments: readonly Environment[],
): readonly Artifacts[] => [...new Set(environments.map(({ target }) => target.kind))].map(artifacts)

/**
 * The digest of the artifact, which every store then has. For a plan, nothing is stored.
 * @param signal aborts when the caller no longer waits
 * @throws Problem digest-mismatch, invalid-input, target-unavailable
 */
export async function artifactDigest(
  stores: readonly Artifacts[],
  artifact: ReleaseRequest['artifact'],
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
