/** The releases of `npm start`'s demo, read from its API. */
import { ReleaseAnswer, listOf, read } from '../../cli/api-answers.ts'
import type { Started } from './npm-start.ts'
import { until } from './until.ts'

async function release(stack: Started, version: string, what: string, holds: (release: ReleaseAnswer) => boolean) {
  let seen: readonly ReleaseAnswer[] = []
  const isSeen = async () => {
    const { json } = await stack.client().call({ method: 'GET', path: '/v1/releases', query: { service: 'demo' } })
    seen = read(listOf(ReleaseAnswer), json).items
    const found = seen.find((each) => each.version === version)
    return found && holds(found) ? found : undefined
  }
  return until(`${version} ${what}`, isSeen, 90_000).catch((error: Error) => {
    throw new Error([error.message, ...seen.map((each) => JSON.stringify(each)), ...stack.lines].join('\n'), { cause: error })
  })
}

/** Resolves once `version` bakes with traffic. */
export const baking = (stack: Started, version: string): Promise<ReleaseAnswer> =>
  release(stack, version, 'baking', ({ phase, weightPercent }) => phase === 'baking' && (weightPercent ?? 0) > 0)

/** The outcome of `version`, once it has one. */
export const outcomeOf = async (stack: Started, version: string): Promise<string | null> =>
  (await release(stack, version, 'ended', (each) => each.outcome !== null)).outcome ?? null

/** The effective weights of the demo in percent, by version. */
export async function weightsOf(stack: Started): Promise<Readonly<Record<string, number>>> {
  const { json } = await stack.client().call({ method: 'GET', path: '/v1/services/demo/environments/production' })
  const { traffic } = json as { traffic: { effective: Record<string, number>; versions: Record<string, string> } }
  return Object.fromEntries(
    Object.entries(traffic.effective).map(([revision, weight]) => [traffic.versions[revision] ?? revision, weight]),
  )
}
