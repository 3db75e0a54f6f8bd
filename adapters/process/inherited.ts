/** What a process that we start gets of our own environment: nothing but what any program needs, so no secret of ours. */
import { readConfig } from '../config.ts'

/** PATH and HOME, as this process has them. */
export function inherited(): { readonly PATH: string; readonly HOME: string } {
  const { path, userHome } = readConfig(process.env, ['path', 'userHome'])
  return { PATH: path, HOME: userHome }
}
