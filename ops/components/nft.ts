/** nft, the program with which kube-proxy writes the rules of a test cluster's Services. */
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Variables } from '../../adapters/config.ts'
import { readConfig } from '../../adapters/config.ts'
import { draftOf, putFolder, removeLeftDrafts } from '../drafts.ts'
import type { Component, Found } from './component.ts'
import { cacheFolder, missing, onPath, prints, run } from './component.ts'

const version = '1.0'
const ways = "install it ('apt-get install --no-install-recommends nftables'), or set HOLDFAST_NFT to it"

/** Finds the program alone. Whether the kernel supports nftables shows only when kube-proxy runs it. */
export const nft: Component = {
  name: 'nftables',
  version,
  async find(env, say) {
    const found = (path: string, from: Found['from']): Found => ({ name: 'nftables', version, path, from })
    const { nftProgram: given, path } = readConfig(env, ['nftProgram', 'path'])
    if (given) {
      if (await isNft(given)) return found(given, 'environment')
      throw missing('nftables', `HOLDFAST_NFT is ${given}, which is not nft`)
    }
    // The PATH of users other than root may lack the folders sbin, where nft is installed.
    const installed = await onPath({ ...env, PATH: `${path}:/usr/sbin:/sbin` }, 'nft', isNft)
    if (installed) return found(installed, 'path')
    const folder = join(cacheFolder(env), 'nftables')
    const cached = join(folder, 'nft')
    if (await isNft(cached)) return found(cached, 'cache')
    say('fetching nftables from the packages of this system, without installing it: once')
    await unpackInto(env, folder).catch((error: unknown) => {
      const last = error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error)
      throw missing('nftables', `${ways}; tried here: the system's packages, unpacked beside it (${last})`)
    })
    return found(cached, 'download')
  },
}

const isNft = (path: string): Promise<boolean> => prints(path, ['--version'], 'nftables v1.')

/** Starts the program of the folder in which this script lies, whatever the name of that folder is. */
export const startsBeside = `#!/bin/sh
here=$(dirname -- "$(readlink -f -- "$0")")
LD_LIBRARY_PATH="$here/libraries" exec "$here/root/usr/sbin/nft" "$@"
`

/** apt fetches the package and the libraries that are missing here, and checks their signatures. The system is not changed. */
async function unpackInto(env: Variables, into: string): Promise<void> {
  await mkdir(cacheFolder(env), { recursive: true })
  removeLeftDrafts(into)
  const folder = await mkdtemp(draftOf(into))
  try {
    await mkdir(join(folder, 'archives', 'partial'), { recursive: true })
    const apart = [`Dir::Cache::archives=${join(folder, 'archives')}`, 'Debug::NoLocking=1', 'APT::Sandbox::User=']
    const options = apart.flatMap((option) => ['-o', option])
    const args = ['install', '--download-only', '-y', '-qq', '--no-install-recommends', ...options, 'nftables']
    await run('apt-get', args, { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' }, timeout: 120_000 })
    for (const file of await readdir(join(folder, 'archives')))
      if (file.endsWith('.deb')) await run('dpkg-deb', ['-x', join(folder, 'archives', file), join(folder, 'root')])
    const libraries = join('usr', 'lib')
    const machine = (await readdir(join(folder, 'root', libraries))).find((name) => name.endsWith('-linux-gnu')) ?? ''
    // The machine's name is a link, so that the script has no text of ours or of the package.
    await symlink(join('root', libraries, machine), join(folder, 'libraries'))
    await writeFile(join(folder, 'nft'), startsBeside)
    await chmod(join(folder, 'nft'), 0o755)
    await rm(join(folder, 'archives'), { recursive: true })
    putFolder(folder, into)
    if (!(await isNft(join(into, 'nft')))) throw new Error('the fetched program does not run')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
