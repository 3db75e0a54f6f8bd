/** Finds the programs that the stack runs: PostgreSQL and Temporal. */
import type { Variables } from '../../adapters/config.ts'
import type { Found } from '../components/component.ts'
import { components } from '../components/index.ts'

/** Rejects on `signal` without waiting for the work, because a download or a build takes minutes. */
export function orGivenUp<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) reject(signal.reason as Error)
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    work.then(resolve, reject)
  })
}

const whence: Readonly<Record<Found['from'], string>> = {
  environment: 'as it was set',
  path: 'on PATH',
  cache: 'fetched or built before',
  packages: 'of the packages',
  download: 'downloaded',
  build: 'built',
}

/** Finds the stack's components and says where each is from. @throws Problem component-missing */
export async function findParts(
  env: Variables,
  notNeeded: readonly string[],
  say: (line: string) => void,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (const component of components) {
    if (notNeeded.includes(component.name)) continue
    const { name, path, from } = await component.find(env, say)
    say(`${name}: ${path} (${whence[from]})`)
    found.set(name, path)
  }
  return found
}
