/** Settings of the providers that the local runtime serves. */
import type { Setting } from '../setting.ts'
import { text } from '../setting.ts'

export const runtimeSettings = {
  runtimeSocket: {
    variable: 'HOLDFAST_RUNTIME_SOCKET',
    preset: '',
    unit: 'Unix socket',
    schema: text,
    meaning: 'control socket of the local runtime; empty: none',
  },
} as const satisfies Record<string, Setting>
