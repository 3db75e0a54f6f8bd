/** The network of a pod: a namespace that exists as long as one idle process, joined to the node's bridge by a veth pair. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readlinkSync } from 'node:fs'
import { promisify } from 'node:util'
import { z } from 'zod'
import { processes } from '../../../adapters/process/process-table.ts'
import { pause } from '../../../adapters/timer.ts'
import type { Addresses } from './addresses.ts'
import type { PodProcess } from './pod-process.ts'
import { signalOne, startPodProcess } from './pod-process.ts'

const run = promisify(execFile)

export interface SandboxNetwork {
  readonly ip: string
  /** The idle process that keeps the namespace. Absent for a pod in the node's own network. */
  readonly pid?: number
  remove(): Promise<void>
}

export interface Networks {
  /** The bridge's own address, which is the pods' gateway. */
  readonly hostIP: string
  /** @throws Error of `ip` */
  make(id: string): Promise<SandboxNetwork>
  readonly host: SandboxNetwork
}

const Links = z.array(z.object({ addr_info: z.array(z.object({ family: z.string(), local: z.string() })).optional() }))

/** @throws Error when the bridge has no address; the cluster gives it one before it starts a kubelet */
export async function openNetworks(bridge: string, pids: string, addresses: Addresses): Promise<Networks> {
  const { stdout } = await run('ip', ['-json', '-4', 'addr', 'show', 'dev', bridge])
  const [first] = Links.parse(JSON.parse(stdout)).flatMap(({ addr_info = [] }) => addr_info)
  if (!first) throw new Error(`the bridge ${bridge} has no address`)
  const hostIP = first.local
  return {
    hostIP,
    host: { ip: hostIP, remove: async () => {} },
    async make(id) {
      const ip = await addresses.take()
      let holder: PodProcess | undefined
      const remove = async (): Promise<void> => {
        if (holder) await endAllIn(holder.pid)
        // When its last process has ended, the kernel removes the namespace and both ends of the pair.
        holder?.signal('SIGKILL')
        await holder?.exited
        await addresses.release(ip)
      }
      try {
        holder = await holdNamespace(pids, id)
        await join(bridge, hostIP, id, ip, holder.pid)
        return { ip, pid: holder.pid, remove }
      } catch (error) {
        await remove()
        throw error
      }
    },
  }
}

/**
 * Kills whatever is left in the pod's network: a process may have left the groups of its container and of its hook, and would have the address
 * that the next pod gets.
 */
async function endAllIn(holder: number): Promise<void> {
  const networkOf = (pid: number): string | undefined => {
    try {
      return readlinkSync(`/proc/${pid}/ns/net`)
    } catch {
      return undefined
    }
  }
  const own = networkOf(holder)
  const isPods = own !== undefined && own !== networkOf(process.pid)
  const left = () => (!isPods ? [] : processes().filter((pid) => pid !== holder && networkOf(pid) === own))
  for (let pids = left(); pids.length > 0; pids = left()) {
    for (const pid of pids) signalOne(pid, 'SIGKILL')
    await pause(10)
  }
}

/** Starts the idle process. Its first line says that the namespace exists. */
async function holdNamespace(pids: string, id: string): Promise<PodProcess> {
  const up = Promise.withResolvers<void>()
  const argv = ['unshare', '--net', '--', 'sh', '-c', 'echo up && exec sleep infinity']
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }
  const holder = await startPodProcess(pids, `${id}-network`, { argv, env, output: () => up.resolve() })
  await Promise.race([up.promise, holder.exited.then(() => Promise.reject(new Error('no network namespace can be made here')))])
  return holder
}

/**
 * Joins the namespace to the bridge. The address is a /32, so all packets that leave the pod go through the node, as in a routed network.
 */
async function join(bridge: string, hostIP: string, id: string, ip: string, pid: number): Promise<void> {
  const link = `v${id}`
  await batch(
    ['ip', '-batch', '-'],
    [`link add ${link} type veth peer name eth0 netns ${pid}`, `link set ${link} master ${bridge} up`],
  )
  await batch(
    ['nsenter', '--target', String(pid), '--net', '--', 'ip', '-batch', '-'],
    [
      'link set lo up',
      `addr add ${ip}/32 dev eth0`,
      'link set eth0 up',
      `route add ${hostIP} dev eth0`,
      `route add default via ${hostIP}`,
    ],
  )
}

async function batch([command = '', ...args]: readonly string[], lines: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => void (said += chunk))
  child.stdin.on('error', () => undefined).end(`${lines.join('\n')}\n`)
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`ip refused: ${said.trim()}`)
}
