/** A cluster's own network: a namespace with a bridge that its pods are joined to, and nothing of it outside. */
import { readdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { run } from '../../ops/components/component.ts'
import { Problem } from '../../domain/problem.ts'
import { addresses } from './cluster-home.ts'

/** Where `ip` keeps them. */
const table = '/run/netns'

const remedy =
  "run as root on Linux with iproute2 ('apt-get install --no-install-recommends iproute2'), or set HOLDFAST_TEST_KUBECONFIG to the kubeconfig of a cluster (kind, or another one made for tests)"

/** `command` as it is run inside of `network`. `ip` becomes it, so the pid is its own. */
export const inside = (network: string, command: string, args: readonly string[]) => ({
  command: 'ip',
  args: ['netns', 'exec', network, command, ...args],
})

/** @throws Problem component-missing with the remedy, where this machine may not make one */
export async function makeNetwork(network: string): Promise<void> {
  await ip('netns', 'add', network).catch((error: Error & { stderr?: string }) => {
    const why = error.stderr?.trim() || error.message
    throw new Problem('component-missing', `a network namespace cannot be made here: ${why}`, { hint: remedy })
  })
  const within = (...args: readonly string[]) => ip('-n', network, ...args)
  const { bridge, node, services } = addresses
  await within('link', 'set', 'lo', 'up')
  // A bridge takes the lowest address of its ports as its own, so with every pod another: the pods would lose their gateway for a while.
  await within('link', 'add', bridge, 'address', '02:00:0a:f4:00:01', 'type', 'bridge')
  await within('addr', 'add', `${node}/16`, 'dev', bridge)
  await within('link', 'set', bridge, 'up')
  // The rules of Services are met by what leaves, so there has to be a way for it to leave by.
  await within('route', 'add', services, 'dev', bridge, 'src', node)
  const settings = `echo 1 > /proc/sys/net/ipv4/ip_forward
    echo 0 > /proc/sys/net/ipv4/conf/all/send_redirects
    echo 0 > /proc/sys/net/ipv4/conf/${bridge}/send_redirects`
  const { command, args } = inside(network, 'sh', ['-ec', settings])
  await run(command, args)
}

/** Ends what is left in it and in the networks of its pods, and removes them all. It may be there in parts, or not at all. */
export async function removeNetwork(network: string): Promise<void> {
  for (const each of await networksOf(network)) {
    while (await endAll(each)) await sleep(20)
    await ip('netns', 'del', each)
  }
}

/** The cluster's own last: what its pods lack first should be their network, not their node's. */
export async function networksOf(network: string): Promise<readonly string[]> {
  const names = await readdir(table).catch(() => [])
  return [...names.filter((name) => name.startsWith(`${network}-`)), ...names.filter((name) => name === network)]
}

/** Whoever is in there was started by the cluster. Answers whether anybody was. */
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
