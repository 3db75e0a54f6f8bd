/** The volumes of a pod, as files in a folder of its own. Nothing is mounted; README.md says how a process finds them. */
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import type { V1Container, V1KeyToPath, V1Pod, V1Volume, V1VolumeProjection } from '@kubernetes/client-node'
import type { ClusterObjects } from './cluster-objects.ts'
import type { Whereabouts } from './variables.ts'
import { fieldOf } from './variables.ts'

/** @throws Error with the words of a kubelet's Event FailedMount */
export async function makeVolumes(folder: string, pod: V1Pod, at: Whereabouts, objects: ClusterObjects): Promise<void> {
  for (const volume of pod.spec?.volumes ?? []) {
    const own = join(folder, volume.name)
    await rm(own, { recursive: true, force: true })
    await mkdir(own, { recursive: true })
    try {
      for (const source of sourcesOf(volume)) await write(own, await filesOf(pod, source, at, objects))
    } catch (error) {
      throw new Error(`MountVolume.SetUp failed for volume "${volume.name}" : ${(error as Error).message}`, { cause: error })
    }
  }
}

/** Makes the container's mount paths, as links below a folder of its own. */
export async function linkMounts(root: string, volumes: string, { volumeMounts = [] }: V1Container): Promise<void> {
  await rm(root, { recursive: true, force: true })
  await mkdir(root, { recursive: true })
  for (const { name, mountPath, subPath = '' } of volumeMounts) {
    const link = within(root, mountPath)
    await mkdir(dirname(link), { recursive: true })
    await symlink(within(join(volumes, name), subPath), link)
  }
}

function sourcesOf(volume: V1Volume): readonly V1VolumeProjection[] {
  const { configMap, secret, projected, downwardAPI, emptyDir } = volume
  if (emptyDir) return []
  if (configMap) return [{ configMap }]
  if (secret) {
    const { secretName: name, items, optional } = secret
    return [{ secret: { ...(name ? { name } : {}), ...(items ? { items } : {}), ...(optional ? { optional } : {}) } }]
  }
  if (downwardAPI) return [{ downwardAPI }]
  if (projected) return projected.sources ?? []
  const kind = Object.keys(volume).find((key) => key !== 'name')
  throw new Error(`a cluster of processes has no ${kind} volume`)
}

type Files = Readonly<Record<string, Buffer | string>>

async function filesOf(pod: V1Pod, source: V1VolumeProjection, at: Whereabouts, objects: ClusterObjects): Promise<Files> {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source
  const read = objects.of(pod.metadata?.namespace ?? '').files
  const ref = configMap ?? secret
  if (ref) {
    const kind = configMap ? 'configmap' : 'secret'
    const all = read(kind, ref.name ?? '')
    return picked(await (ref.optional ? all.catch(() => ({})) : all), ref.items, ref.optional)
  }
  if (serviceAccountToken) {
    const { path, audience, expirationSeconds } = serviceAccountToken
    return { [path]: await objects.token(pod, audience, expirationSeconds) }
  }
  const items = downwardAPI?.items ?? []
  return Object.fromEntries(items.map(({ path, fieldRef }) => [path, fieldOf(pod, fieldRef?.fieldPath ?? '', at)]))
}

function picked(all: Files, items: readonly V1KeyToPath[] | undefined, optional = false): Files {
  if (!items) return all
  return Object.fromEntries(
    items.flatMap(({ key, path }) => {
      const content = Object.hasOwn(all, key) ? all[key] : undefined
      if (content === undefined && !optional) throw new Error(`references non-existent config key: ${key}`)
      return content === undefined ? [] : [[path, content]]
    }),
  )
}

async function write(folder: string, files: Files): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const file = within(folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content, { mode: 0o600 })
  }
}

/** @throws Error for a path that leads out of its folder */
export function within(folder: string, path: string): string {
  const found = resolve(folder, `./${path}`)
  if (relative(folder, found).split('/')[0] === '..') throw new Error(`the path ${path} leads out of its volume`)
  return found
}
