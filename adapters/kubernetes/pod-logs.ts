/** What pods printed, through the API server. */
import type { PrintedLine } from '../target/target.ts'
import type { ApiServer } from './api-server.ts'
import type { Pod } from './pod.ts'
import { resourcePath } from './resource.ts'

/** Kubernetes gives no log before the container has started, and none of a pod that is gone. Both count as nothing printed. */
export async function podLines(
  server: ApiServer,
  namespace: string,
  pod: Pod,
  { container, lines, previous = false }: { readonly container: string; readonly lines: number; readonly previous?: boolean },
): Promise<readonly Omit<PrintedLine, 'version' | 'replica'>[]> {
  const { name } = pod.metadata
  const query = new URLSearchParams({
    container,
    timestamps: 'true',
    tailLines: String(lines),
    limitBytes: String(largestBytes),
    ...(previous ? { previous: 'true' } : {}),
  })
  const path = `${resourcePath('Pod', namespace, name)}/log?${query.toString()}`
  const { httpStatus, text } = await server.text({ verb: 'get', resource: 'pods/log', namespace }, path)
  return httpStatus === 200 ? linesOf(text) : []
}

const largestBytes = 1_048_576

/** Each line begins with its instant. Its number is that instant in microseconds, one more where two lines have the same. */
export function linesOf(text: string): readonly Omit<PrintedLine, 'version' | 'replica'>[] {
  let last = 0
  return text
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const [, at = '', printed = ''] = /^(\S+) ?(.*)$/s.exec(line) ?? []
      const atMs = Date.parse(at)
      if (Number.isNaN(atMs)) return []
      const micros = Number(/\.\d{3}(\d{3})/.exec(at)?.[1] ?? 0)
      last = Math.max(last + 1, atMs * 1_000 + micros)
      return [{ n: last, atMs, line: printed }]
    })
}
