/** The kinds of objects that Holdfast reads and writes: their paths on the API server, and the fields that Holdfast relies on. */
import { z } from 'zod'

export const resources = {
  ConfigMap: { apiVersion: 'v1', path: '/api/v1', plural: 'configmaps', group: '' },
  Service: { apiVersion: 'v1', path: '/api/v1', plural: 'services', group: '' },
  Pod: { apiVersion: 'v1', path: '/api/v1', plural: 'pods', group: '' },
  EndpointSlice: {
    apiVersion: 'discovery.k8s.io/v1',
    path: '/apis/discovery.k8s.io/v1',
    plural: 'endpointslices',
    group: 'discovery.k8s.io',
  },
  HTTPRoute: {
    apiVersion: 'gateway.networking.k8s.io/v1',
    path: '/apis/gateway.networking.k8s.io/v1',
    plural: 'httproutes',
    group: 'gateway.networking.k8s.io',
  },
  Deployment: { apiVersion: 'apps/v1', path: '/apis/apps/v1', plural: 'deployments', group: 'apps' },
} as const

export type Kind = keyof typeof resources

/**
 * Holdfast applies a new object under this version. No object has it, so the API server refuses the apply when the object exists already.
 */
export const absentVersion = '1'

const Texts = z.record(z.string(), z.string()).default({})

/** An object as the API server answers it. Keys that are not named here are kept as they are. */
export const LiveObject = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    // The answer to a dry run of a create has none. Under `absentVersion` no existing object can be changed.
    resourceVersion: z.string().min(1).default(absentVersion),
    labels: Texts,
    annotations: Texts,
    deletionTimestamp: z.string().exactOptional(),
    managedFields: z
      .array(z.looseObject({ manager: z.string().default(''), operation: z.string().default(''), fieldsV1: z.unknown() }))
      .default([]),
  }),
  data: z.record(z.string(), z.string()).exactOptional(),
  spec: z.record(z.string(), z.unknown()).exactOptional(),
  status: z.record(z.string(), z.unknown()).exactOptional(),
})
export type LiveObject = z.output<typeof LiveObject>

/** Items of a list do not say their kind. */
export interface Owned {
  readonly kind: Kind
  readonly object: LiveObject
}

/** Path of the objects of a kind in a namespace, or of one of them. */
export const resourcePath = (kind: Kind, namespace: string, name?: string): string =>
  [
    resources[kind].path,
    'namespaces',
    encodeURIComponent(namespace),
    resources[kind].plural,
    ...(name ? [encodeURIComponent(name)] : []),
  ].join('/')
