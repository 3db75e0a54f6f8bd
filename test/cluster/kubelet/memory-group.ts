/** A memory limit, where this machine lets us make control groups (version 1 or 2). */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface MemoryGroup {
  /** A process that writes its pid here is in. */
  readonly procs: string
  /** Did the kernel kill one of its processes for want of memory? */
  isOutOfMemory(): boolean
  remove(): void
}

export interface MemoryGroups {
  readonly isEnforced: boolean
  /** Undefined where limits are not enforced. */
  make(id: string, bytes: number): MemoryGroup | undefined
}

interface Layout {
  readonly folder: string
  readonly limit: string
  /** Keeps what is over the limit from going to swap. */
  readonly swap: readonly [file: string, value: (bytes: number) => number]
  readonly events: string
}

const prefix = (owner: string): string => `holdfast-${owner}-`

/**
 * Groups that an earlier kubelet of this node left are removed.
 * @param owner marks the groups of one node of one cluster: clusters that stand side by side share the machine's groups
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
 * Our own group's folder: below it we may make others, where anybody lets us. `ip netns exec` gives its command a /sys without them, and a
 * mount table of its own, so they are mounted for the kubelet alone.
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

/** A group with a process in it stays until the next start of this node. */
function removed(group: string): void {
  try {
    rmdirSync(group)
  } catch {
    // See above.
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

/** `128Mi` in bytes; undefined for what is not such a quantity. */
export function bytesOf(quantity: string | undefined): number | undefined {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)([kMG]i?|Ki)?$/.exec(quantity ?? '') ?? []
  const factor = units[unit]
  return number === '' || factor === undefined ? undefined : Math.ceil(Number(number) * factor)
}
