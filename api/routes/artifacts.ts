/** Shows the contents of an artifact before it is released. */
import { Problem } from '../../domain/problem.ts'
import { ArtifactContents, ArtifactInspectRequest } from '../../schema/artifact.ts'
import { verbOf } from '../../schema/verbs.ts'
import { storesOf } from '../artifacts.ts'
import { findService } from '../find-service.ts'
import { ok, route } from '../route.ts'

export const inspectArtifact = route({
  verb: verbOf('artifact', 'inspect'),
  body: ArtifactInspectRequest,
  answers: { 200: ArtifactContents },
  needs: ['services', 'artifacts', 'targetKinds'],
  async handle({ body: { path, service }, signal }, { services, artifacts, targetKinds }) {
    const [store] =
      service === undefined
        ? targetKinds.flatMap((kind) => artifacts(kind) ?? [])
        : storesOf({ artifacts }, (await findService({ services }, service)).declaration.environments)
    if (!store) throw new Problem('invalid-input', 'no target of it runs files: it runs images')
    return ok(await store.inspect(path, signal))
  },
})
