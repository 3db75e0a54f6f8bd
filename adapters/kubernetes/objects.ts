/** The objects of a revision and of an environment, as Holdfast writes them. Pure, so that a test can compare them word for word. */
import { createHash } from 'node:crypto'
import type { EnvironmentRef } from '../../domain/identity.ts'
import type { FencingToken } from '../../domain/queue/fencing-token.ts'
import { tokenAnnotations } from './fencing.ts'
import { serviceAccountNamed } from './pod-rules.ts'
import type { LiveObject } from './resource.ts'
import { absentVersion, resources } from './resource.ts'

const label = (key: string): string => `holdfast.dev/${key}`

export const revisionKey = label('revision')

/** The revision of a Deployment, a Service or a pod; empty where it has none. */
export const revisionOf = ({ metadata }: Labelled): string => metadata.labels[revisionKey] ?? ''

interface Labelled {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> }
}

/** The labels by which all objects of an environment are found. */
export const environmentLabels = ({ service, environment }: EnvironmentRef): Readonly<Record<string, string>> => ({
  [label('service')]: service,
  [label('environment')]: environment,
})

/** Whether an object belongs to the environment. Another one may have its name. */
export const isOf = (ref: EnvironmentRef, { metadata: { labels } }: Labelled): boolean =>
  Object.entries(environmentLabels(ref)).every(([key, value]) => labels[key] === value)

export const recordName = ({ service, environment }: EnvironmentRef): string => `holdfast-${service}-${environment}`

/** The name of an environment's own objects. A Service's name has at most 63 characters: a digest replaces the end of a longer one. */
export function environmentName({ service, environment }: EnvironmentRef): string {
  const name = `${service}-${environment}`
  if (name.length <= 63) return name
  return `${name.slice(0, 54).replace(/-+$/, '')}-${digestOf({ service, environment })}`
}

/** Keeps apart what a shortened name no longer does. */
const digestOf = ({ service, environment }: EnvironmentRef): string =>
  createHash('sha256')
    .update(JSON.stringify([service, environment]))
    .digest('hex')
    .slice(0, 8)

/**
 * The name of a revision's objects. It has the environment, because two environments of a service may have one namespace and the same
 * revision. A Service's name has at most 63 characters: a digest replaces the middle of a longer one, and keeps names apart.
 */
export function revisionName({ service, environment }: EnvironmentRef, revision: string): string {
  const name = `${service}-${environment}-${revision}`
  if (name.length <= 63) return name
  const head = `${service}-${environment}`.slice(0, 63 - revision.length - 10).replace(/-+$/, '')
  return `${head}-${digestOf({ service, environment })}-${revision}`
}

/** A label's value. A character that a label cannot hold becomes a dash. An annotation has the exact version. */
export const labelValue = (text: string): string =>
  text
    .replaceAll(/[^A-Za-z0-9._-]/g, '-')
    .slice(0, 63)
    .replace(/[^A-Za-z0-9]+$/, '')

/** A revision to be written. */
export interface Wanted {
  readonly ref: EnvironmentRef
  readonly namespace: string
  readonly revision: string
  readonly version: string
  /** `name@sha256:<hex>` */
  readonly image: string
  /** The container that runs the image. */
  readonly container: string
  /** As declared; it has passed `podFaults`. */
  readonly template: Readonly<Record<string, unknown>>
  /** The port at which pods listen. */
  readonly port: number
  readonly fencingToken: FencingToken
  /** Uid of the environment's record, which owns all objects. */
  readonly recordUid: string
}

type Json = Readonly<Record<string, unknown>>

const selectorOf = ({ ref, revision }: Wanted): Readonly<Record<string, string>> => ({
  ...environmentLabels(ref),
  [revisionKey]: revision,
})

/** What a write was decided on. Null: the object was absent. */
type DecidedOn = Pick<LiveObject['metadata'], 'uid' | 'resourceVersion'> | null

/**
 * @param on the API server refuses the write when the object has changed since, and the uid keeps it from creating the object again when
 * somebody has removed it
 */
function metadataOf(wanted: Wanted, on: DecidedOn): Json {
  const { ref, namespace, revision, version, fencingToken, recordUid } = wanted
  return {
    name: revisionName(ref, revision),
    namespace,
    ...(on ? { uid: on.uid, resourceVersion: on.resourceVersion } : { resourceVersion: absentVersion }),
    labels: {
      'app.kubernetes.io/name': ref.service,
      'app.kubernetes.io/managed-by': 'holdfast',
      ...selectorOf(wanted),
      [label('version')]: labelValue(version),
    },
    annotations: { ...tokenAnnotations(fencingToken), [label('version')]: version },
    // The record is removed last. Kubernetes then removes every object that it still owns.
    ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: recordName(ref), uid: recordUid }],
  }
}

/** Neither the template nor the selector carries the token: a new token must not restart pods. */
export function deploymentOf(wanted: Wanted, replicas: number, on: DecidedOn): Json {
  const { template, container, image, version, ref } = wanted
  const { metadata = {}, spec = {} } = template as { readonly metadata?: Json; readonly spec?: Json }
  const containers = (spec.containers as readonly Json[]).map((one) => (one.name === container ? { ...one, image } : one))
  return {
    apiVersion: resources.Deployment.apiVersion,
    kind: 'Deployment',
    metadata: metadataOf(wanted, on),
    spec: {
      replicas,
      selector: { matchLabels: selectorOf(wanted) },
      template: {
        metadata: {
          ...metadata,
          labels: {
            'app.kubernetes.io/name': ref.service,
            ...(metadata.labels as Json | undefined),
            ...selectorOf(wanted),
            [label('version')]: labelValue(version),
          },
        },
        spec: {
          ...spec,
          containers,
          // Without a service account that was given to the owners, a pod gets no token at all.
          ...(serviceAccountNamed(template) === null ? { automountServiceAccountToken: false } : {}),
        },
      },
    },
  }
}

export const serviceOf = (wanted: Wanted, on: DecidedOn): Json => ({
  apiVersion: resources.Service.apiVersion,
  kind: 'Service',
  metadata: metadataOf(wanted, on),
  spec: {
    selector: selectorOf(wanted),
    ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: wanted.port }],
  },
})

/** The environment's own record. */
export const recordOf = (ref: EnvironmentRef, namespace: string, fencingToken: FencingToken): Json => ({
  apiVersion: resources.ConfigMap.apiVersion,
  kind: 'ConfigMap',
  metadata: {
    name: recordName(ref),
    namespace,
    labels: { 'app.kubernetes.io/name': ref.service, 'app.kubernetes.io/managed-by': 'holdfast', ...environmentLabels(ref) },
    annotations: tokenAnnotations(fencingToken),
  },
  data: {},
})
