/**
 * Reads an environment on a cluster: how its revisions are, and what their pods printed. It remembers what the pods have gone through, while
 * this process runs.
 */
import type { EnvironmentRef } from '../../domain/identity.ts'
import { environmentKey } from '../../domain/identity.ts'
import { isProblem, Problem } from '../../domain/problem.ts'
import { onceWithin } from '../metrics/once-within.ts'
import type { PrintedLine, RevisionStatus, WantedLines } from '../target/target.ts'
import type { ApiServer } from './api-server.ts'
import type { History } from './exits.ts'
import { noHistory, observed } from './exits.ts'
import { environmentLabels, revisionOf } from './objects.ts'
import type { ContainerStatus } from './pod.ts'
import { Pod } from './pod.ts'
import { podLines } from './pod-logs.ts'
import type { LiveObject } from './resource.ts'
import { statusOf, unreadyIn, versionOf } from './revision-status.ts'
import type { Beside } from './unready.ts'

/** Callers within this time share an answer, because a step polls for readiness many times a second. */
const sharedMs = 250
/** The lines that a sentence about a crash shows, and those that an exit keeps. */
const crashLines = 10
const nothing: Beside = { probes: {}, lines: {} }

interface Listed {
  readonly deployments: readonly LiveObject[]
  /** By revision. */
  readonly pods: ReadonlyMap<string, readonly Pod[]>
}

/** By API server, then by namespace and environment: a declaration that changes must not make a crash be forgotten. */
const remembered = new WeakMap<ApiServer, Map<string, ReadonlyMap<string, History>>>()

/** @param server opened at each call */
export function createEnvironmentReader(server: () => ApiServer, namespace: string) {
  const once = onceWithin<string, readonly RevisionStatus[]>(sharedMs)

  async function listed(ref: EnvironmentRef): Promise<Listed> {
    const labels = environmentLabels(ref)
    const [deployments, pods] = await Promise.all([
      server().list(['Deployment'], namespace, labels),
      server().list(['Pod'], namespace, labels),
    ])
    return {
      deployments: deployments.map(({ object }) => object),
      pods: Map.groupBy(
        pods.map(({ object }) => parsed(object)),
        revisionOf,
      ),
    }
  }

  /** The last words of pods that crash. A log that cannot be read costs the sentence its words only. */
  async function wordsOf(pods: readonly Pod[]): Promise<Beside> {
    const crashing = pods.flatMap((pod) => {
      const container = pod.status.containerStatuses.find(hasCrashed)
      return container ? [{ pod, container }] : []
    })
    const lines = crashing.slice(0, 3).map(async ({ pod, container: { name, state } }) => {
      // Until the kubelet has started it again, the log of the crash is the present one.
      const of = { container: name, lines: crashLines, previous: !state.terminated }
      const printed = await podLines(server(), namespace, pod, of).catch((error: unknown) => {
        if (!isProblem(error)) throw error
        return []
      })
      return [pod.metadata.name, printed.map(({ line }) => line)] as const
    })
    return { ...nothing, lines: Object.fromEntries(await Promise.all(lines)) }
  }

  async function read(ref: EnvironmentRef): Promise<readonly RevisionStatus[]> {
    const { deployments, pods } = await listed(ref)
    const histories = remembered.get(server()) ?? new Map<string, ReadonlyMap<string, History>>()
    remembered.set(server(), histories)
    const key = `${namespace} ${environmentKey(ref)}`
    const before = histories.get(key) ?? new Map<string, History>()
    const after = new Map<string, History>()
    const statuses = deployments.map(async (deployment) => {
      const revision = revisionOf(deployment)
      const own = pods.get(revision) ?? []
      const known = before.get(revision) ?? noHistory
      const now = observed(known, own, Date.now())
      const mustAsk = now.exitCount > known.exitCount || unreadyIn(deployment, own, nothing)?.kind === 'crash-loop'
      const beside = mustAsk ? await wordsOf(own) : nothing
      const history = withWords(now, known, Object.values(beside.lines).find((lines) => lines.length > 0) ?? [])
      after.set(revision, history)
      return statusOf(deployment, own, history, beside)
    })
    const all = await Promise.all(statuses)
    histories.set(key, after)
    return all
  }

  return {
    /** The status after this call began, for a caller that has changed something. @throws Problem target-unavailable */
    statusNow: read,

    /** @throws Problem target-unavailable */
    status: (ref: EnvironmentRef): Promise<readonly RevisionStatus[]> => once(environmentKey(ref), () => read(ref)),

    /** @throws Problem not-found when nothing runs there, target-unavailable */
    async logs(ref: EnvironmentRef, { lines, version }: WantedLines): Promise<readonly PrintedLine[]> {
      const { deployments, pods } = await listed(ref)
      if (deployments.length === 0) throw new Problem('not-found', `nothing runs in ${environmentKey(ref)}`)
      const versions = new Map(deployments.map((one) => [revisionOf(one), versionOf(one)]))
      const wanted = [...pods].filter(([revision]) => version === undefined || versions.get(revision) === version)
      const printed = wanted.flatMap(([revision, own]) =>
        own.flatMap((pod) =>
          pod.status.containerStatuses.map(async ({ name }) => {
            const of = { version: versions.get(revision) ?? '', replica: pod.metadata.name }
            return (await podLines(server(), namespace, pod, { container: name, lines })).map((line) => ({ ...line, ...of }))
          }),
        ),
      )
      return (await Promise.all(printed)).flat()
    },
  }
}

const hasCrashed = ({ restartCount, state }: ContainerStatus): boolean => restartCount > 0 || state.terminated !== undefined

const withWords = (now: History, known: History, lines: readonly string[]): History =>
  now.exitCount === known.exitCount
    ? now
    : { ...now, exits: now.exits.map((exit) => (known.exits.includes(exit) ? exit : { ...exit, lines })) }

/** @throws Problem target-unavailable for a pod that is none of Kubernetes */
function parsed(object: LiveObject): Pod {
  const pod = Pod.safeParse(object)
  if (pod.success) return pod.data
  throw new Problem('target-unavailable', `pod ${object.metadata.name} cannot be read: ${pod.error.message}`)
}
