/** A process that freezes: a client of an API server whose requests wait until the test lets them go. */
import type { ApiServer } from '../../adapters/kubernetes/api-server.ts'

/** Gets each request in short, such as `list Service` or `apply Deployment`, and sends it when it likes to. */
export type Gate = <Result>(request: string, send: () => Promise<Result>) => Promise<Result>

export const gated = (server: ApiServer, gate: Gate): ApiServer => ({
  ...server,
  read: (kind, ...rest) => gate(`read ${kind}`, () => server.read(kind, ...rest)),
  // The client sends one request per kind, and does not wait for one before the next.
  list: async (kinds, ...rest) =>
    (await Promise.all(kinds.map((kind) => gate(`list ${kind}`, () => server.list([kind], ...rest))))).flat(),
  create: (of, ...rest) => gate(`create ${of.kind}`, () => server.create(of, ...rest)),
  replace: (of, ...rest) => gate(`replace ${of.kind}`, () => server.replace(of, ...rest)),
  apply: (of, ...rest) => gate(`apply ${of.kind}`, () => server.apply(of, ...rest)),
  patch: (of, ...rest) => gate(`patch ${of.kind}`, () => server.patch(of, ...rest)),
  patchJson: (of, ...rest) => gate(`patchJson ${of.kind}`, () => server.patchJson(of, ...rest)),
  remove: (of, ...rest) => gate(`remove ${of.kind}`, () => server.remove(of, ...rest)),
})

/** Freezes before the first request that `isIt` chooses; the others go on. `nth` counts from 1. */
export function frozenBefore(server: ApiServer, isIt: (request: string, nth: number) => boolean) {
  const [held, reached] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()]
  let count = 0
  let isFrozen = false
  const frozen = gated(server, async (request, send) => {
    if (!isFrozen && isIt(request, ++count)) {
      isFrozen = true
      reached.resolve(request)
      await held.promise
    }
    return send()
  })
  return { server: frozen, letGo: held.resolve, reached: reached.promise }
}
