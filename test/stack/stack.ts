/** The whole local stack for journeys. It is started once per run like `npm start` without the demo, and ended with the run. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from '../../cli/client.ts'
import { createClient } from '../../cli/client.ts'
import { firstKey } from '../../ops/up/first-key.ts'
import { openHome } from '../../ops/up/home.ts'
import type { Stack } from '../../ops/up/stack.ts'
import { readStackConfig } from '../../ops/up/process-settings.ts'
import { startStack } from '../../ops/up/stack.ts'
import { freePort } from '../../adapters/free-port.ts'
import { atEnd } from './at-end.ts'
import { createRunFolder } from './run-folder.ts'

export interface TestStack {
  readonly stack: Stack
  readonly client: Client
  /** The client's key. */
  readonly key: string
  /** The pid of a part: api, control, act, analysis, runtime, postgres, temporal. */
  pidOf(name: string): number
}

let running: Promise<TestStack> | undefined

export function testStack(): Promise<TestStack> {
  running ??= ownStack()
  return running
}

/** A stack of one test's own, with further settings. It ends with the run. */
export async function ownStack(more: Readonly<Record<string, string>> = {}): Promise<TestStack> {
  const folder = await createRunFolder('stack')
  const home = openHome(join(folder, 'home'))
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    XDG_CONFIG_HOME: join(folder, 'config'),
    LOG_LEVEL: 'warn',
    HOLDFAST_RATE_LIMIT: '100000',
    ...more,
  }
  const stack = await startStack({
    home,
    env,
    config: readStackConfig(env),
    port: await freePort(),
    say: (line) => console.error(line),
  })
  atEnd(() => stack.stop(false))
  const key = await firstKey(stack, home, env)
  const pidOf = (name: string) => {
    const folder = ['postgres', 'temporal'].includes(name) ? join(home.folder, name) : home.folder
    return (JSON.parse(readFileSync(join(folder, `${name}.pid`), 'utf8')) as { pid: number }).pid
  }
  return { stack, key, pidOf, client: createClient({ url: stack.apiUrl, token: async () => key }) }
}
