/** Artifacts before they are released. */
import { ArtifactContents, ArtifactLookRequest } from '../../schema/artifact.ts'
import { verbOf } from '../../schema/verbs.ts'
import { ok, route } from '../route.ts'

export const lookAtArtifact = route({
  verb: verbOf('artifact', 'look'),
  body: ArtifactLookRequest,
  answers: { 200: ArtifactContents },
  needs: ['runtime'],
  async handle({ body, signal }, { runtime }) {
    return ok(await runtime.lookAtArtifact(body.path, signal))
  },
})
