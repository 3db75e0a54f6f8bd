/** Memory limits by control groups (version 1 or 2), on a machine that lets this process make them. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, readlinkSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pause } from '../../../adapters/timer.ts'
import { signalOne } from './pod-process.ts'

export interface MemoryGroup {
  /** A process joins the group by writing its pid into this file. */
  readonly procs: string
  /** Whether the kernel has killed one of its processes for lack of memory. */
  isOutOfMemory(): boolean
  remove(): void
}

export interface MemoryGroups {
  readonly isEnforced: boolean
  /** Undefined when limits are not enforced. */
  make(id: string, bytes: number): MemoryGroup | undefined
}

interface Layout {
  readonly folder: string
  readonly limit: string
  /** The limit of memory with swap, so that a process over its limit does not use swap. */
  readonly swap: readonly [file: string, value: (bytes: number) => number]
  readonly events: string
}

const prefix = (owner: string): string => `holdfast-${owner}-`

/** Marks the groups of one node of one cluster, because clusters that run side by side share the machine's groups. */
const ownerOf = (dir: string): string => createHash('sha256').update(dir).digest('hex').slice(0, 12)

/** The file in which a kubelet says where its groups are. It may see them at a path that nobody else sees. */
const pathFileOf = (dir: string): string => join(dir, 'memory-groups.path')
const mountPointOf = (dir: string): string => join(dir, 'memory-groups')

/** Opens the groups of a node, and removes those that an earlier kubelet of this node left. @param dir the node's folder */
export function openMemoryGroups(dir: string): MemoryGroups {
  const [owner, layout] = [ownerOf(dir), layoutOf(mountPointOf(dir))]
  if (!layout || !existsSync(layout.folder)) return { isEnforced: false, make: () => undefined }
  const { folder, limit, swap, events } = layout
  for (const left of leftIn(folder, owner)) removed(left)
  mkdirSync(dir, { recursive: true })
  writeFileSync(pathFileOf(dir), folder)
  const make = (id: string, bytes: number): MemoryGroup | undefined => {
    const group = join(folder, `${prefix(owner)}${id}`)
    try {
      mkdirSync(group)
      writeFileSync(join(group, limit), String(bytes))
      if (existsSync(join(group, swap[0]))) writeFileSync(join(group, swap[0]), String(swap[1](bytes)))
    } catch {
      removed(group)
      return undefined
    }
    return {
      procs: join(group, 'cgroup.procs'),
      isOutOfMemory: () => existsSync(group) && /^oom_kill [1-9]/m.test(readFileSync(join(group, events), 'utf8')),
      remove: () => void removed(group),
    }
  }
  const probe = make('try', 64 * 1024 ** 2)
  probe?.remove()
  return { isEnforced: probe !== undefined, make }
}

/** Ends what runs in the groups that a kubelet of this node left, and removes them. */
export async function removeLeftGroups(dir: string): Promise<void> {
  if (!existsSync(pathFileOf(dir))) return
  const folder = readFileSync(pathFileOf(dir), 'utf8')
  if (existsSync(folder)) return endGroups(folder, ownerOf(dir))
  // The kubelet had mounted them in its own table of mounts, which has ended with it. So this makes another one.
  const ending = `await (await import(${JSON.stringify(import.meta.url)})).mountAndEndGroups(process.argv[1])`
  spawnSync('unshare', ['--mount', '--', process.execPath, '--input-type=module', '-e', ending, dir])
}

/** Runs in a table of mounts of its own. */
export async function mountAndEndGroups(dir: string): Promise<void> {
  const folder = readFileSync(pathFileOf(dir), 'utf8')
  mounted(mountPointOf(dir))
  if (existsSync(folder)) await endGroups(folder, ownerOf(dir))
}

const leftIn = (folder: string, owner: string): readonly string[] =>
  readdirSync(folder)
    .filter((name) => name.startsWith(prefix(owner)))
    .map((name) => join(folder, name))

const endsMs = 10_000

async function endGroups(folder: string, owner: string): Promise<void> {
  const until = Date.now() + endsMs
  for (const group of leftIn(folder, owner))
    while (!removed(group) && Date.now() < until) {
      for (const pid of readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean))
        signalOne(Number(pid), 'SIGKILL')
      await pause(20)
    }
}

/**
 * Finds the folder of this process's own group, below which it may make others if it may make any. `ip netns exec` gives its command a /sys
 * without control groups and a table of mounts of its own. So they are mounted here, for the kubelet alone. A process that shares the table with
 * its parent mounts nothing: the mount would outlive it.
 */
function layoutOf(mountPoint: string): Layout | undefined {
  const lines = readFileSync('/proc/self/cgroup', 'utf8').trim().split('\n')
  const pathOf = (isIt: (controllers: string) => boolean) =>
    lines.map((line) => line.split(':')).find(([, controllers = '']) => isIt(controllers))?.[2]
  const first = pathOf((controllers) => controllers.split(',').includes('memory'))
  const second = pathOf((controllers) => controllers === '') ?? '/'
  const there =
    first === undefined ? secondVersion(join('/sys/fs/cgroup', second)) : firstVersion(join('/sys/fs/cgroup/memory', first))
  if (existsSync(join(there.folder, there.events))) return there
  if (!hasOwnMounts() || !mounted(mountPoint)) return undefined
  return first === undefined ? secondVersion(join(mountPoint, second)) : firstVersion(join(mountPoint, first))
}

const hasFirstVersion = (): boolean => /^\d+:([\w=]+,)*memory[,:]/m.test(readFileSync('/proc/self/cgroup', 'utf8'))

function mounted(mountPoint: string): boolean {
  mkdirSync(mountPoint, { recursive: true })
  const kind = hasFirstVersion() ? ['-t', 'cgroup', '-o', 'memory'] : ['-t', 'cgroup2']
  return spawnSync('mount', [...kind, 'none', mountPoint]).status === 0
}

function hasOwnMounts(): boolean {
  try {
    return readlinkSync('/proc/self/ns/mnt') !== readlinkSync(`/proc/${process.ppid}/ns/mnt`)
  } catch {
    return false
  }
}

const firstVersion = (folder: string): Layout => ({
  folder,
  limit: 'memory.limit_in_bytes',
  swap: ['memory.memsw.limit_in_bytes', (bytes) => bytes],
  events: 'memory.oom_control',
})

const secondVersion = (folder: string): Layout => ({
  folder,
  limit: 'memory.max',
  swap: ['memory.swap.max', () => 0],
  events: 'memory.events',
})

/** Removes a group that nothing runs in. Answers whether it is gone. */
function removed(group: string): boolean {
  try {
    rmdirSync(group)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}

const units: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
}

/** The bytes of a quantity such as `128Mi`; undefined for a text that is none. */
export function bytesOf(quantity: string | undefined): number | undefined {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)([kMG]i?|Ki)?$/.exec(quantity ?? '') ?? []
  const factor = units[unit]
  return number === '' || factor === undefined ? undefined : Math.ceil(Number(number) * factor)
}
