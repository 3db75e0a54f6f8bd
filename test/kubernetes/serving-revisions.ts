/** Revisions on the run's cluster whose pods really serve, for tests of routers. */
import { environmentLabels } from '../../adapters/kubernetes/objects.ts'
import { isReady, isServing, Pod } from '../../adapters/kubernetes/pod.ts'
import type { RevisionToRun } from '../../adapters/kubernetes/revisions.ts'
import { createRevisions } from '../../adapters/kubernetes/revisions.ts'
import type { FencingToken } from '../../domain/queue/fencing-token.ts'
import { fencingToken, ref } from '../adapters/stand.ts'
import { testKubeconfig } from '../cluster/for-tests.ts'
import { until } from '../stack/until.ts'
import { addImages } from './test-images.ts'
import type { ControlPlane } from './control-plane.ts'

const port = 8080

/** Answers its revision. It is ready unless a file says otherwise. */
const serves = `require('node:http').createServer((_, answer) => answer.end(process.env.REVISION)).listen(${port})`

export const revisionOf = (revision: string): RevisionToRun => ({
  revision,
  version: '1.0.0',
  image: `test/serves@sha256:${'0'.repeat(64)}`,
  container: 'app',
  template: {
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'app',
          args: [serves],
          env: [{ name: 'REVISION', value: revision }],
          readinessProbe: { httpGet: { path: '/', port }, periodSeconds: 1, timeoutSeconds: 10 },
        },
      ],
    },
  },
  port,
})

/** The revisions of `ref` in a namespace of the test's own. */
export async function servingRevisions(plane: ControlPlane) {
  await addImages(await testKubeconfig(), { 'test/serves:*': { command: [process.execPath, '-e'] } })
  const namespace = await plane.namespace()
  const revisions = createRevisions(plane.server, ref, namespace)
  const readyOf = async (revision: string): Promise<number> => {
    const labels = { ...environmentLabels(ref), 'holdfast.dev/revision': revision }
    const pods = (await plane.server.list(['Pod'], namespace, labels)).map(({ object }) => Pod.parse(object))
    return pods.filter((pod) => isServing(pod) && isReady(pod)).length
  }
  return {
    namespace,
    port,
    async runReady(revision: string, replicas: number, by: FencingToken = fencingToken(1, 1)): Promise<void> {
      await revisions.run(revisionOf(revision), replicas, by)
      await until(`${replicas} ready pods of ${revision}`, async () => (await readyOf(revision)) === replicas, 60_000)
    },
    remove: (revision: string, by: FencingToken) => revisions.remove(revision, by),
  }
}
