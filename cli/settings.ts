/** What the command line is told by its environment: which API, which key, how to speak. Read once, by main.ts. */
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Problem } from '../domain/problem.ts'

export const defaultUrl = 'http://127.0.0.1:7420'

/** Where `npm start` keeps its state unless told otherwise: beside the sources. */
const defaultHome = join(import.meta.dirname, '..', '.holdfast')

export interface CliSettings {
  /** Address of the API without a trailing slash. */
  readonly url: string
  /** From HOLDFAST_TOKEN or the file that HOLDFAST_TOKEN_FILE names; null means: look into the credentials file. */
  readonly token: string | null
  readonly credentialsFile: string
  /** State of the local stack: where `npm start` keeps the demo's artifacts. */
  readonly home: string
  readonly ci: boolean
}

type Variables = Readonly<Record<string, string | undefined>>

/** @throws Problem invalid-config that names the bad variable, never its value when it is secret */
export function readCliSettings(env: Variables): CliSettings {
  return {
    url: normalUrl(env.HOLDFAST_URL?.trim() || defaultUrl),
    token: tokenOf(env),
    credentialsFile: credentialsFileOf(env),
    home: env.HOLDFAST_HOME?.trim() || defaultHome,
    ci: isSet(env.CI),
  }
}

function tokenOf(env: Variables): string | null {
  const file = env.HOLDFAST_TOKEN_FILE || null
  const own = env.HOLDFAST_TOKEN?.trim() || null
  if (file !== null && own !== null)
    throw new Problem('invalid-config', 'HOLDFAST_TOKEN and HOLDFAST_TOKEN_FILE are both set', { hint: 'unset one' })
  const variable = file === null ? 'HOLDFAST_TOKEN' : 'HOLDFAST_TOKEN_FILE'
  const token = file === null ? own : readToken(file)
  if (token !== null && !/^[\x21-\x7e]+$/.test(token))
    throw new Problem('invalid-config', `${variable} has characters that no key has`, { hint: 'copy the key again, or unset it' })
  return token
}

/** Whoever names a file means it: one that is not there is not passed over. */
function readToken(file: string): string {
  let text: string
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw new Problem('invalid-config', `HOLDFAST_TOKEN_FILE names ${file}, which cannot be read`, {
      hint: 'is it there, and does it belong to you?',
      cause,
    })
  }
  if (text !== '') return text
  throw new Problem('invalid-config', `HOLDFAST_TOKEN_FILE names ${file}, which is empty`)
}

/** Where keys are kept: `${XDG_CONFIG_HOME:-~/.config}/holdfast/credentials.json`. A relative XDG path is ignored, as XDG says. */
export function credentialsFileOf(env: Variables): string {
  const xdg = env.XDG_CONFIG_HOME?.startsWith('/') ? env.XDG_CONFIG_HOME : join(env.HOME || homedir(), '.config')
  return join(xdg, 'holdfast', 'credentials.json')
}

/**
 * The one spelling of an API's address: scheme, host, port, path without a trailing slash.
 * @throws Problem invalid-config when it is no address, carries a credential, or would send a key over the network in the clear
 */
export function normalUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !/^https?:$/.test(url.protocol))
    throw new Problem('invalid-config', 'HOLDFAST_URL is not an http address', { hint: `for example ${defaultUrl}` })
  if (url.username || url.password || url.search || url.hash)
    throw new Problem('invalid-config', 'HOLDFAST_URL carries more than an address', {
      hint: "keep keys in HOLDFAST_TOKEN or 'holdfast login'",
    })
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    throw new Problem('invalid-config', `HOLDFAST_URL would send the key to ${url.hostname} in the clear`, { hint: 'use https' })
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

/** Does this host of a URL mean this machine? */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host)

const isSet = (value: string | undefined): boolean => value !== undefined && value !== '' && value !== 'false' && value !== '0'
