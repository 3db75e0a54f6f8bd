/** Composition roots read their settings here, by the one table. All other code gets the values that it needs. */
import { readFileSync } from 'node:fs'
import type { z } from 'zod'
import type { Fault } from '../domain/problem.ts'
import { Problem, isProblem } from '../domain/problem.ts'
import type { Setting } from './setting.ts'
import type { SettingName } from './settings.ts'
import { settings } from './settings.ts'

export type Config<Names extends SettingName = SettingName> = {
  readonly [Name in Names]: z.output<(typeof settings)[Name]['schema']>
}

export type Variables = Readonly<Record<string, string | undefined>>

/**
 * The named settings, parsed and frozen.
 * @param further the settings of providers, which only their registries know
 * @param isFirst nothing has started yet, so what a process that is started again would bear is refused too
 * @throws Problem invalid-config that names every bad variable at once, and never a secret's value
 */
export function readConfig<Names extends SettingName>(
  env: Variables,
  names: readonly Names[],
  further: readonly SettingName[] = [],
  isFirst = false,
): Config<Names> & Partial<Config> {
  const errors: Fault[] = []
  const remedies: string[] = []
  const config: Record<string, unknown> = {}
  for (const name of new Set<SettingName>([...names, ...further])) {
    const setting: Setting = settings[name]
    const read = valueOf(env, setting)
    const schema = (isFirst && setting.firstSchema) || setting.schema
    const parsed = 'fault' in read ? null : schema.safeParse(read.value)
    if (parsed?.success) config[name] = parsed.data
    else {
      const detail = 'fault' in read ? read.fault : (parsed?.error.issues.map(({ message }) => message).join(', ') ?? '')
      errors.push({ pointer: read.of, detail })
      remedies.push(remedyOf(setting))
    }
  }
  if (errors.length > 0) {
    const what = errors.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; ')
    const hint = `${remedies.join('; ')}; docs/settings.md lists every setting`
    throw new Problem('invalid-config', `bad settings: ${what}`, { errors, hint })
  }
  return Object.freeze(config) as Config<Names> & Partial<Config>
}

/** Logs which of these settings the process bears although `npm start` would refuse them. */
export function logBorne(
  log: { error(more: object, message: string): void },
  env: Variables,
  names: readonly SettingName[],
): void {
  try {
    readConfig(env, names, [], true)
  } catch (error) {
    if (!isProblem(error, 'invalid-config')) throw error
    log.error({ errors: error.errors, hint: error.hint }, error.message)
  }
}

/** Whether it is set, even to its default, by its variable or as a file. */
export const isSet = (env: Variables, name: SettingName): boolean => Object.keys(asSet(env, [name])).length > 0

/** The variables of these settings as they are set, with files by their names, for a child process that reads them itself. */
export function asSet(env: Variables, names: readonly SettingName[]): Readonly<Record<string, string>> {
  const variables = names.flatMap((name) => {
    const { variable, secret }: Setting = settings[name]
    return secret ? [variable, `${variable}_FILE`] : [variable]
  })
  return Object.fromEntries(
    variables.flatMap((variable) => {
      const value = env[variable]
      return value ? [[variable, value]] : []
    }),
  )
}

/** The remedy comes from the setting's row, never from the value that was set. */
function remedyOf({ variable, preset, unit }: Setting): string {
  if (preset === null) return `set ${variable} (${unit})`
  return `correct ${variable} (${unit}) or unset it${preset === '' ? '' : `, which means ${preset}`}`
}

/** `of` names the variable. */
type Read = { readonly of: string } & ({ readonly value: string } | { readonly fault: string })

function valueOf(env: Variables, { variable, preset, secret, testOnly }: Setting): Read {
  const value = env[variable] || undefined
  const file = (secret && env[`${variable}_FILE`]) || undefined
  if (value !== undefined && file !== undefined) return { fault: `and ${variable}_FILE are both set: unset one`, of: variable }
  if (value !== undefined && testOnly && env[settings.test.variable] !== '1')
    return { fault: 'is for tests only: unset it', of: variable }
  if (file !== undefined) return fromFile(file, `${variable}_FILE`)
  if (value !== undefined) return { value, of: variable }
  if (preset !== null) return { value: preset, of: variable }
  return { fault: secret ? `is not set (nor ${variable}_FILE)` : 'is not set', of: variable }
}

/** A named file that does not exist is an error. */
function fromFile(path: string, of: string): Read {
  try {
    // Drops the last newline, which an editor adds. Other blanks are part of the secret.
    const value = readFileSync(path, 'utf8').replace(/\r?\n$/, '')
    return value.trim() === '' ? { fault: `names ${path}, which is empty`, of } : { value, of }
  } catch (error) {
    return { fault: `names ${path}, which cannot be read (${(error as NodeJS.ErrnoException).code})`, of }
  }
}
