/** The variables that a process started by Holdfast inherits: only those that any program needs, so none of Holdfast's secrets. */
import { asSet, readConfig } from '../config.ts'

/** PATH and HOME of this process. */
export function inherited(): { readonly PATH: string; readonly HOME: string } {
  const { path, userHome } = readConfig(process.env, ['path', 'userHome'])
  return { PATH: path, HOME: userHome }
}

/** The folder of compiled code and nothing else, for a process that runs Holdfast's own code. */
export const compiledCode = (): Readonly<Record<string, string>> => asSet(process.env, ['compiledCode'])
