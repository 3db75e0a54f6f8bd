/** Composition roots read their settings here, once; everything else is given what it needs. */
import { readFileSync } from 'node:fs'
import type { z } from 'zod'
import type { Fault } from '../domain/problem.ts'
import { Problem } from '../domain/problem.ts'
import type { Setting } from './setting.ts'
import type { SettingName } from './settings.ts'
import { settings } from './settings.ts'

export type Config<Names extends SettingName = SettingName> = {
  readonly [Name in Names]: z.output<(typeof settings)[Name]['schema']>
}

type Variables = Readonly<Record<string, string | undefined>>

/**
 * The named settings, parsed and frozen.
 * @param further those of providers, known by their registries alone
 * @throws Problem invalid-config that names every bad variable at once, and never a secret's value
 */
export function readConfig<Names extends SettingName>(
  env: Variables,
  names: readonly Names[],
  further: readonly SettingName[] = [],
): Config<Names> & Partial<Config> {
  const errors: Fault[] = []
  const config: Record<string, unknown> = {}
  for (const name of new Set<SettingName>([...names, ...further])) {
    const setting: Setting = settings[name]
    const read = valueOf(env, setting)
    if ('fault' in read) {
      errors.push({ pointer: read.of, detail: read.fault })
      continue
    }
    const parsed = setting.schema.safeParse(read.value)
    if (parsed.success) config[name] = parsed.data
    else errors.push({ pointer: setting.variable, detail: parsed.error.issues.map(({ message }) => message).join(', ') })
  }
  if (errors.length > 0) {
    const what = errors.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; ')
    throw new Problem('invalid-config', `bad settings: ${what}`, { errors, hint: 'docs/settings.md lists every setting' })
  }
  return Object.freeze(config) as Config<Names> & Partial<Config>
}

type Read = { readonly value: string } | { readonly fault: string; readonly of: string }

function valueOf(env: Variables, { variable, preset, secret, testOnly }: Setting): Read {
  const value = env[variable] || undefined
  const file = (secret && env[`${variable}_FILE`]) || undefined
  if (value !== undefined && file !== undefined) return { fault: `and ${variable}_FILE are both set: unset one`, of: variable }
  if (value !== undefined && testOnly && env['HOLDFAST_TEST'] !== '1')
    return { fault: 'is for tests only: unset it', of: variable }
  if (file !== undefined) return fromFile(file, `${variable}_FILE`)
  if (value !== undefined) return { value }
  if (preset !== null) return { value: preset }
  return { fault: secret ? `is not set (nor ${variable}_FILE)` : 'is not set', of: variable }
}

function fromFile(path: string, of: string): Read {
  try {
    // An editor's last newline is no part of a secret; blanks within it are.
    const value = readFileSync(path, 'utf8').replace(/\r?\n$/, '')
    return value === '' ? { fault: `names ${path}, which is empty`, of } : { value }
  } catch (error) {
    return { fault: `names ${path}, which cannot be read (${(error as NodeJS.ErrnoException).code})`, of }
  }
}
