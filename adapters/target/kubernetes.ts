/** Versions as Deployments on a cluster that the operator names. */
import { environmentKey } from '../../domain/identity.ts'
import type { EnvironmentRef } from '../../domain/identity.ts'
import { Problem } from '../../domain/problem.ts'
import { apiServerOf, clusterSettings } from '../kubernetes/clients.ts'
import { createEnvironmentReader } from '../kubernetes/environment-reader.ts'
import { assertImageByDigest } from '../kubernetes/image.ts'
import { notPermitted } from '../kubernetes/not-permitted.ts'
import { createRevisions } from '../kubernetes/revisions.ts'
import { smokeThrough } from '../kubernetes/smoke.ts'
import { StoredTargetConfig, TargetConfig } from '../kubernetes/target-config.ts'
import { valuesOf } from '../provider.ts'
import type { RevisionStatus, TargetProvider } from './target.ts'

export const kubernetesTarget: TargetProvider = {
  kind: 'kubernetes',
  settings: clusterSettings,
  namesCommands: false,
  runs: 'images',
  beside: { traffic: 'replicas', metrics: null },
  locationOf(declared) {
    const { cluster, namespace } = StoredTargetConfig.parse(declared)
    return `, namespace ${namespace} of ${cluster}`
  },
  secretsIn: () => [],
  config: TargetConfig,
  refusal: (settings, config, owners) =>
    notPermitted(valuesOf(settings, clusterSettings).clusters(), owners, StoredTargetConfig.parse(config)),
  create: (settings, declared) => {
    // The cluster is looked up at each call, so that a declaration whose cluster is no longer in the file opens all the same.
    const { cluster, namespace } = StoredTargetConfig.parse(declared)
    const server = () => apiServerOf(settings, cluster)
    const reader = createEnvironmentReader(server, namespace)
    return {
      async run(ref, { revision, version, artifact, config }, replicas, fencingToken) {
        assertImageByDigest(artifact)
        const { template, container, port } = StoredTargetConfig.parse(config)
        const wanted = { revision, version, image: artifact, template, container, port }
        await createRevisions(server(), ref, namespace).run(wanted, replicas, fencingToken)
        const status = (await reader.statusNow(ref)).find((one) => one.revision === revision)
        return status ?? notYetThere(revision, version, replicas)
      },
      status: reader.status,
      remove: async (ref, revision, fencingToken) => createRevisions(server(), ref, namespace).remove(revision, fencingToken),
      async secretDigests(ref, names) {
        if (names.length === 0) return {}
        throw new Problem('secret-unavailable', `${environmentKey(ref)} runs on a cluster, where Holdfast gives out no secrets`)
      },
      smoke: async (ref, revision, test) => smokeThrough(server(), namespace, ref, revision, test),
      async lendCopy(ref) {
        throw new Problem(
          'invalid-input',
          `${environmentKey(ref)} runs an image, so there is no copy in which a command could run`,
          {
            hint: 'name an address instead of a command',
          },
        )
      },
      returnCopy: async () => {},
      logs: (ref: EnvironmentRef, wanted) => reader.logs(ref, wanted),
    }
  },
}

/** The API server answers lists of the moment, so only a removal in between leads here. */
const notYetThere = (revision: string, version: string, wantedReplicas: number): RevisionStatus => ({
  revision,
  version,
  wantedReplicas,
  readyReplicas: 0,
  detail: 'its Deployment is not there yet',
  cannotStart: null,
  deadSinceMs: null,
  outages: [],
  startMs: null,
  exits: [],
  exitCount: 0,
})
