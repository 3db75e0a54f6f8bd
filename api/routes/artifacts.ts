/** Artifacts before they are released. */
import { Problem } from '../../domain/problem.ts'
import { ArtifactContents, ArtifactLookRequest } from '../../schema/artifact.ts'
import { verbOf } from '../../schema/verbs.ts'
import { storesOf } from '../artifacts.ts'
import { ok, route } from '../route.ts'
import { found } from './service.ts'

export const lookAtArtifact = route({
  verb: verbOf('artifact', 'look'),
  body: ArtifactLookRequest,
  answers: { 200: ArtifactContents },
  needs: ['services', 'artifacts', 'targetKinds'],
  async handle({ body: { path, service }, signal }, { services, artifacts, targetKinds }) {
    const [store] =
      service === undefined
        ? targetKinds.map(artifacts)
        : storesOf({ artifacts }, (await found({ services }, service)).declaration.environments)
    if (!store) throw new Problem('invalid-input', 'no target keeps artifacts')
    return ok(await store.look(path, signal))
  },
})
