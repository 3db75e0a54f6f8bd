/** Settings of the command line: which API it speaks to, and with which key. */
import type { Setting } from './setting.ts'
import { apiAddress, text } from './setting.ts'

export const commandLineSettings = {
  cliUrl: {
    variable: 'HOLDFAST_URL',
    preset: 'http://127.0.0.1:7420',
    unit: 'URL',
    schema: apiAddress,
    meaning: 'API that the command line calls; plain http to this machine only',
  },
  cliToken: {
    variable: 'HOLDFAST_TOKEN',
    preset: '',
    unit: 'API key',
    schema: text.trim().regex(/^[\x21-\x7e]*$/, 'has characters that no key has: copy the key again'),
    meaning: 'key of the command line; empty: the stored key for that API',
    secret: true,
  },
} as const satisfies Record<string, Setting>
