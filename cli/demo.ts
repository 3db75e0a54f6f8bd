/**
 * The demo service's artifacts and its switch, in the data folder. `npm start` releases the demo, and `holdfast demo` changes it.
 */
import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

export const demoService = 'demo'

/** See the comment at the top of ops/demo/service/server.mjs. */
export interface DemoBehaviour {
  readonly mode: 'healthy' | 'errors' | 'slow' | 'unauthorized' | 'hang' | 'crash' | 'never-ready'
  /** The share of answers that fail. */
  readonly rate?: number
  readonly afterMs?: number
  readonly delayMs?: number
}

const source = join(import.meta.dirname, '../ops/demo/service')

/** Creates `demo/<version>` under `home` and returns its path. The same version and behaviour give the same digest. */
export async function createDemoArtifact(home: string, version: string, behaviour: DemoBehaviour): Promise<string> {
  const folder = resolve(home, 'demo', version)
  await cp(source, folder, { recursive: true })
  await writeFile(join(folder, 'behaviour.json'), `${JSON.stringify({ version, ...behaviour })}\n`)
  return folder
}

/**
 * The file that DEMO_SWITCH names to the demo's replicas. While it exists, one version behaves as it says. Where services run as users of
 * their own, it is in a folder that they may enter, because they may not enter the data folder.
 */
export function demoSwitchFile(home: string): string {
  const folder = `${resolve(home)}-services`
  return existsSync(folder) ? join(folder, 'demo-switch.json') : resolve(home, 'demo', 'switch.json')
}

/** Makes `version` misbehave from now on, without a restart. */
export async function writeDemoSwitch(home: string, version: string, behaviour: DemoBehaviour): Promise<void> {
  const file = demoSwitchFile(home)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(`${file}.new`, `${JSON.stringify({ version, ...behaviour })}\n`)
  await chmod(`${file}.new`, 0o644)
  // Renamed into place, because replicas may read it at any moment.
  await rename(`${file}.new`, file)
}

export const removeDemoSwitch = (home: string): Promise<void> => rm(demoSwitchFile(home), { force: true })

/** The version after the highest of `used`: 1.3.0 after 1.2.0. */
export function nextDemoVersion(used: readonly string[]): string {
  const minors = used.map((version) => Number(/^1\.(\d+)\.0$/.exec(version)?.[1] ?? -1))
  return `1.${Math.max(-1, ...minors) + 1}.0`
}
