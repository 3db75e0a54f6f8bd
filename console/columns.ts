/** Which columns a table of environments has. */
import type { EnvironmentView } from '../schema/service.ts'

/** Names of environments in the order in which services visit them, as far as their orders agree. */
export function columnsOf(
  services: readonly { readonly environments: readonly Pick<EnvironmentView, 'name'>[] }[],
): readonly string[] {
  const columns: string[] = []
  for (const { environments } of services) {
    let at = 0
    for (const { name } of environments) {
      const known = columns.indexOf(name)
      if (known >= 0) at = Math.max(at, known + 1)
      else columns.splice(at++, 0, name)
    }
  }
  return columns
}
