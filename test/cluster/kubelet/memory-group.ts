/** Memory limits by control groups (version 1 or 2), on a machine that lets this process make them. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

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

/**
 * Opens the groups of a node, and removes those that an earlier kubelet of this node left.
 * @param owner marks the groups of one node of one cluster, because clusters that run side by side share the machine's groups
 */
export function openMemoryGroups(owner: string, mountPoint: string): MemoryGroups {
  const layout = layoutOf(mountPoint)
  if (!layout || !existsSync(layout.folder)) return { isEnforced: false, make: () => undefined }
  const { folder, limit, swap, events } = layout
  for (const left of readdirSync(folder)) if (left.startsWith(prefix(owner))) removed(join(folder, left))
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
      remove: () => removed(group),
    }
  }
  const probe = make('try', 64 * 1024 ** 2)
  probe?.remove()
  return { isEnforced: probe !== undefined, make }
}

/**
 * Finds the folder of this process's own group, below which it may make others if it may make any. `ip netns exec` gives its command a /sys
 * without control groups and a mount table of its own. So they are mounted here, for the kubelet alone.
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
  mkdirSync(mountPoint, { recursive: true })
  const kind = first === undefined ? ['-t', 'cgroup2'] : ['-t', 'cgroup', '-o', 'memory']
  if (spawnSync('mount', [...kind, 'none', mountPoint]).status !== 0) return undefined
  return first === undefined ? secondVersion(join(mountPoint, second)) : firstVersion(join(mountPoint, first))
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

/** Removes a group. One with a process in it stays until the next start of this node. */
function removed(group: string): void {
  try {
    rmdirSync(group)
  } catch {
    // A process is still in it.
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
