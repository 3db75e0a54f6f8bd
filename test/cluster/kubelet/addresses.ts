/** Pod addresses. A file per address is its lock, so that the kubelets of several nodes share one subnet. */
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Addresses {
  /** @throws Error when all are taken */
  take(): Promise<string>
  release(ip: string): Promise<void>
}

/** Opens the addresses of a subnet. Those that an earlier kubelet of this node took are free again, because its pods ended with it. */
export async function openAddresses(folder: string, subnet: string, node: string): Promise<Addresses> {
  await mkdir(folder, { recursive: true })
  for (const ip of await readdir(folder)) {
    if ((await readFile(join(folder, ip), 'utf8').catch(() => '')) === node) await rm(join(folder, ip), { force: true })
  }
  const all = addressesOf(subnet)
  let next = 0
  return {
    async take() {
      for (let tried = 0; tried < all.length; tried += 1) {
        // Takes addresses in turn, so that a released one is not used again at once.
        const ip = all[next] ?? ''
        next = (next + 1) % all.length
        const isMine = await writeFile(join(folder, ip), node, { flag: 'wx' }).then(
          () => true,
          () => false,
        )
        if (isMine) return ip
      }
      throw new Error(`no address of ${subnet} is free`)
    },
    release: (ip) => rm(join(folder, ip), { force: true }),
  }
}

const mostAddresses = 2_000

/** The node and the cluster keep the first 256 of a large subnet, and the first ten of a small one. */
export function addressesOf(subnet: string): readonly string[] {
  const [base = '', bits = ''] = subnet.split('/')
  const size = 2 ** (32 - Number(bits))
  const number = base.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const first = Math.floor(number / size) * size
  const kept = size > 512 ? 256 : 10
  const count = Math.min(mostAddresses, Math.max(0, size - kept))
  return Array.from({ length: count }, (_, index) => first + kept + index)
    .filter((each) => each % 256 !== 0 && each % 256 !== 255)
    .map((each) => [24, 16, 8, 0].map((shift) => Math.floor(each / 2 ** shift) % 256).join('.'))
}
