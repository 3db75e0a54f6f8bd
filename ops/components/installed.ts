/** Components from the system's packages: named by a setting or found on PATH. Holdfast never downloads them. */
import { readConfig } from '../../adapters/config.ts'
import { settings } from '../../adapters/settings.ts'
import type { Component } from './component.ts'
import { missing, onPath, outputOf } from './component.ts'

export interface Installed {
  readonly name: string
  /** The oldest version that works. */
  readonly version: string
  /** The setting that names the program. */
  readonly setting: 'prometheusProgram' | 'redisProgram' | 'chromiumProgram'
  /** Its names on PATH, the likeliest first. */
  readonly programs: readonly string[]
  /** Matches the output of `--version`; the first group is the version. */
  readonly says: RegExp
  readonly ways: string
}

/** A component that is found by its setting, else on PATH by the output of `--version`. */
export function installed({ name, version, setting, programs, says, ways }: Installed): Component {
  const { variable } = settings[setting]
  const versionOf = async (path: string): Promise<string | undefined> => says.exec(await outputOf(path, ['--version']))?.[1]
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
