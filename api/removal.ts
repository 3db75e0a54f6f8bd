/** Ends what a removed service still runs. Its environments have taken a new number, so nothing older can start it again. */
import type { Fence } from '../domain/fence.ts'
import type { Service } from '../domain/service.ts'
import type { ApiDoors } from './doors.ts'

/** A repeat takes the next number and ends what is left. @throws Problem target-unavailable, stale-generation */
export async function stopEverything(
  doors: ApiDoors,
  service: Service,
  fences: readonly { readonly environment: string; readonly turn: number }[],
): Promise<void> {
  for (const { environment, turn } of fences) {
    const declared = service.environments.find(({ name }) => name === environment)
    if (!declared) continue
    const place = { service: service.name, environment }
    const fence: Fence = { workflowId: `remove/${service.name}/${environment}`, turn, step: 1 }
    const target = doors.target(declared.target)
    const running = await target.status(place)
    if (running.length === 0) continue
    // Traffic first: what still gets requests is not removed.
    const traffic = doors.traffic(declared.traffic)
    await traffic.setWeights(
      place,
      {},
      (await traffic.read(place)).generation,
      fence,
      running.map(({ revision }) => revision),
    )
    for (const { revision } of running) await target.remove(place, revision, { ...fence, step: 2 })
  }
}
