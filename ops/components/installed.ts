/** Parts that a system's own packages bring: named explicitly or found on PATH, never fetched by us. */
import { readConfig } from '../../adapters/config.ts'
import { settings } from '../../adapters/settings.ts'
import type { Component } from './component.ts'
import { missing, onPath, run } from './component.ts'

export interface Installed {
  readonly name: string
  /** The oldest version that does. */
  readonly version: string
  /** Which names it. */
  readonly setting: 'prometheusProgram' | 'redisProgram' | 'chromiumProgram'
  /** Names it goes by on PATH, the likeliest first. */
  readonly programs: readonly string[]
  /** What `--version` prints, with the version as first group. */
  readonly says: RegExp
  readonly ways: string
}

/** A component that is looked for where its setting names it, then on PATH by what it says it is. */
export function installed({ name, version, setting, programs, says, ways }: Installed): Component {
  const { variable } = settings[setting]
  const versionOf = async (path: string): Promise<string | undefined> => {
    const { stdout, stderr } = await run(path, ['--version'], { timeout: 20_000 }).catch(() => ({ stdout: '', stderr: '' }))
    return says.exec(`${stdout}${stderr}`)?.[1]
  }
  return {
    name,
    version,
    async find(env) {
      const given = readConfig(env, [setting])[setting]
      if (given) {
        const is = await versionOf(given)
        if (is) return { name, version: is, path: given, from: 'environment' }
        throw missing(name, `${variable} is ${given}, which is not ${name}`)
      }
      for (const program of programs) {
        let is: string | undefined
        const path = await onPath(env, program, async (candidate) => {
          is = await versionOf(candidate)
          return is !== undefined && isAtLeast(is, version)
        })
        if (path && is) return { name, version: is, path, from: 'path' }
      }
      throw missing(name, `${ways}, or set ${variable} to it`)
    },
  }
}

function isAtLeast(version: string, wanted: string): boolean {
  const [is, needs] = [version, wanted].map((text) => text.split('.').map(Number))
  for (const [index, part] of (needs ?? []).entries()) {
    const own = is?.[index] ?? 0
    if (own !== part) return own > part
  }
  return true
}
