/** Stores a key for the API's address. The key comes from stdin, hidden on a terminal, and never as an argument, which `ps` would show. */
import { createInterface } from 'node:readline'
import { text as readText } from 'node:stream/consumers'
import { PassThrough } from 'node:stream'
import { Problem } from '../../domain/problem.ts'
import { verbOf } from '../../schema/verbs.ts'
import { createClient } from '../client.ts'
import type { CliContext, Run } from '../context.ts'
import { writeCredential } from '../credentials.ts'

/** Tries the key at the API first. A key that the API refuses is not stored. */
export const login: Run = async (context) => {
  const { settings, terminal, signal } = context
  const key = (await readKey(context)).trim()
  if (!/^[\x21-\x7e]{8,512}$/.test(key))
    throw new Problem('invalid-input', 'that is not a key', {
      hint: 'pipe it in: holdfast login < key.txt, or type it when asked',
    })
  const client = createClient({ url: settings.url, token: async () => key })
  await client.call({ method: 'GET', path: verbOf('service', 'list').path, query: { limit: 1 }, signal })
  await writeCredential(settings.credentialsFile, settings.url, key)
  terminal.line(`the key for ${settings.url} is stored in ${settings.credentialsFile}`)
  if (settings.token !== null) terminal.note('HOLDFAST_TOKEN or HOLDFAST_TOKEN_FILE is set and is used instead')
}

async function readKey({ stdin, settings, terminal, signal }: CliContext): Promise<string> {
  if (!stdin.isTTY) return readText(stdin)
  terminal.note(`key for ${settings.url} (it is not shown):`)
  // The output goes nowhere, so that the typed key does not appear on the screen.
  const lines = createInterface({ input: stdin, output: new PassThrough(), terminal: true })
  try {
    return await new Promise((resolve, reject) => {
      lines.once('line', resolve)
      lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
      lines.once('close', () => resolve(''))
      signal.addEventListener('abort', () => reject(signal.reason))
    })
  } finally {
    lines.close()
  }
}
