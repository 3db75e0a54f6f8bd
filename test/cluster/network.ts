/** A cluster's network: a network namespace with a bridge, to which pods are joined. It has no address outside of the namespace. */
import { readdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { run } from '../../ops/components/component.ts'
import { Problem } from '../../domain/problem.ts'
import { addresses } from './cluster-home.ts'

/** Where `ip` keeps network namespaces. */
const table = '/run/netns'

const remedy =
  "run as root on Linux with iproute2 ('apt-get install --no-install-recommends iproute2'), or set HOLDFAST_TEST_KUBECONFIG to the kubeconfig of a cluster (kind, or another one made for tests)"

/** Runs `command` inside `network`. `ip` replaces itself by the command, so the pid is the command's. */
export const inside = (network: string, command: string, args: readonly string[]) => ({
  command: 'ip',
  args: ['netns', 'exec', network, command, ...args],
})

/** @throws Problem component-missing with the remedy when this process may not make a network namespace */
export async function makeNetwork(network: string): Promise<void> {
  await ip('netns', 'add', network).catch((error: Error & { stderr?: string }) => {
    const why = error.stderr?.trim() || error.message
    throw new Problem('component-missing', `a network namespace cannot be made here: ${why}`, { hint: remedy })
  })
  const within = (...args: readonly string[]) => ip('-n', network, ...args)
  const { bridge, node, services } = addresses
  await within('link', 'set', 'lo', 'up')
  // Without an address of its own, a bridge takes the lowest hardware address of its ports. That changes with the pods, and each time pods
  // would lose their gateway for a while.
  await within('link', 'add', bridge, 'address', '02:00:0a:f4:00:01', 'type', 'bridge')
  await within('addr', 'add', `${node}/16`, 'dev', bridge)
  await within('link', 'set', bridge, 'up')
  // kube-proxy's rules apply to packets that have a route, so the addresses of Services need one.
  await within('route', 'add', services, 'dev', bridge, 'src', node)
  const settings = `echo 1 > /proc/sys/net/ipv4/ip_forward
    echo 0 > /proc/sys/net/ipv4/conf/all/send_redirects
    echo 0 > /proc/sys/net/ipv4/conf/${bridge}/send_redirects`
  const { command, args } = inside(network, 'sh', ['-ec', settings])
  await run(command, args)
}

/** Ends every process in the network and in those of its pods, and removes all of them. Any of them may be missing. */
export async function removeNetwork(network: string): Promise<void> {
  for (const each of await networksOf(network)) {
    while (await endAll(each)) await sleep(20)
    await ip('netns', 'del', each)
  }
}

/** The networks of the cluster's pods, then the cluster's own, which is removed last. */
export async function networksOf(network: string): Promise<readonly string[]> {
  const names = await readdir(table).catch(() => [])
  return [...names.filter((name) => name.startsWith(`${network}-`)), ...names.filter((name) => name === network)]
}

/** Kills every process in a network. The cluster started all of them. Answers whether there was one. */
async function endAll(network: string): Promise<boolean> {
  const { stdout } = await run('ip', ['netns', 'pids', network])
  const pids = stdout.split('\n').filter(Boolean).map(Number)
  for (const pid of pids)
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It ended by itself.
    }
  return pids.length > 0
}

const ip = (...args: readonly string[]) => run('ip', [...args])
