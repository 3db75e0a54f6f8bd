/** What the command line is told by its environment: which API, which key, how to speak. Read once, by the table of all settings. */
import { join } from 'node:path'
import type { Config, Variables } from '../adapters/config.ts'
import { readConfig } from '../adapters/config.ts'

export interface CliSettings {
  /** Address of the API without a trailing slash. */
  readonly url: string
  /** From HOLDFAST_TOKEN or the file that HOLDFAST_TOKEN_FILE names; null: look into the credentials file. */
  readonly token: string | null
  readonly credentialsFile: string
  /** State of the local stack: where `npm start` keeps the demo's artifacts. */
  readonly home: string
  readonly ci: boolean
}

/** @throws Problem invalid-config that names every bad variable, never the value of one that is secret */
export function readCliSettings(env: Variables): CliSettings {
  const config = readConfig(env, ['cliUrl', 'cliToken', 'home', 'ci', 'userHome', 'configHome'])
  const { cliUrl: url, cliToken, home, ci } = config
  return { url, token: cliToken || null, credentialsFile: fileIn(config), home, ci }
}

/** Where keys are kept: `${XDG_CONFIG_HOME:-~/.config}/holdfast/credentials.json`. */
export const credentialsFileOf = (env: Variables): string => fileIn(readConfig(env, ['userHome', 'configHome']))

const fileIn = ({ userHome, configHome }: Config<'userHome' | 'configHome'>): string =>
  join(configHome || join(userHome, '.config'), 'holdfast', 'credentials.json')

/** Whether output has colours: `auto` means in a terminal. */
export function colorOf(env: Variables): 'always' | 'never' | 'auto' {
  const { noColor, forceColor } = readConfig(env, ['noColor', 'forceColor'])
  return noColor ? 'never' : forceColor ? 'always' : 'auto'
}
