/** The settings of the command line: the API's address, the key, colours. They are parsed by the table of all settings. */
import { join } from 'node:path'
import type { Config, Variables } from '../adapters/config.ts'
import { readConfig } from '../adapters/config.ts'
import { isProblem, Problem } from '../domain/problem.ts'

export interface CliSettings {
  /** The API's address without a trailing slash. */
  readonly url: string
  /** The key from HOLDFAST_TOKEN or from the file that HOLDFAST_TOKEN_FILE names; null: the credentials file has it. */
  readonly token: string | null
  readonly credentialsFile: string
  /** The data folder, in which `npm start` keeps the demo's artifacts. */
  readonly home: string
  readonly ci: boolean
}

/** @throws Problem invalid-config that names every bad variable, but never the value of a secret one */
export function readCliSettings(env: Variables): CliSettings {
  const config = readOwn(env)
  const { cliUrl: url, cliToken, home, ci } = config
  return { url, token: cliToken || null, credentialsFile: fileIn(config), home, ci }
}

/** A key that stands in the address gets the two ways to keep one as a further hint. */
function readOwn(env: Variables) {
  try {
    return readConfig(env, ['cliUrl', 'cliToken', 'home', 'ci', 'userHome', 'configHome'])
  } catch (error) {
    if (!isProblem(error, 'invalid-config') || !error.errors.some(({ detail }) => detail.endsWith('without a key'))) throw error
    const { code, message, hint, errors, cause } = error
    const ways = "keep keys in HOLDFAST_TOKEN or by 'holdfast login'"
    throw new Problem(code, message, { hint: `${ways}; ${hint}`, errors, cause })
  }
}

/** The file of keys: `${XDG_CONFIG_HOME:-~/.config}/holdfast/credentials.json`. */
export const credentialsFileOf = (env: Variables): string => fileIn(readConfig(env, ['userHome', 'configHome']))

const fileIn = ({ userHome, configHome }: Config<'userHome' | 'configHome'>): string =>
  join(configHome || join(userHome, '.config'), 'holdfast', 'credentials.json')

/** Whether output has colours: `auto` means in a terminal. */
export function colorOf(env: Variables): 'always' | 'never' | 'auto' {
  const { noColor, forceColor } = readConfig(env, ['noColor', 'forceColor'])
  return noColor ? 'never' : forceColor ? 'always' : 'auto'
}
