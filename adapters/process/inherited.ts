/** What a process that we start gets of our own environment: nothing but what any program needs, so no secret of ours. */
import { asSet, readConfig } from '../config.ts'

/** PATH and HOME, as this process has them. */
export function inherited(): { readonly PATH: string; readonly HOME: string } {
  const { path, userHome } = readConfig(process.env, ['path', 'userHome'])
  return { PATH: path, HOME: userHome }
}

/** Where its code is kept compiled, and nothing else: for a process that runs our own code and needs no more. */
export const compiledCode = (): Readonly<Record<string, string>> => asSet(process.env, ['compiledCode'])
