/** Brings a release into each phase and keeps it there during a test, with real versions, hooks and gates. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Phase } from '../../domain/rollout/phase.ts'
import type { ReleaseAnswer } from '../../cli/api-answers.ts'
import { atEnd } from '../stack/at-end.ts'
import type { Shop, ShopOptions, ShopRelease } from '../stack/service.ts'
import { until } from '../stack/until.ts'

export interface HeldPhase {
  readonly phase: Phase
  readonly weight: number
  readonly options: ShopOptions
  /** Resolves once a release of `version` is in the phase. */
  reach(shop: Shop, version: string): Promise<ShopRelease>
  /** Releases what keeps it there, unless it is time. */
  free(shop: Shop): Promise<unknown>
}

/** A hook that does not end while its gate is shut. */
interface Gate {
  readonly hook: object
  shut(): void
  open(): void
}

function createGate(): Gate {
  const folder = mkdtempSync(join(tmpdir(), 'hf-gate-'))
  atEnd(async () => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'shut')
  const wait = "setInterval(() => require('node:fs').existsSync(process.argv[1]) || process.exit(0), 50)"
  return {
    hook: { command: [process.execPath, '-e', wait, file], timeout: '5m' },
    shut: () => writeFileSync(file, ''),
    open: () => rmSync(file, { force: true }),
  }
}

/** Two steps that are too long to end by themselves. */
const steps = (first: object = {}, second: object = {}) => ({
  kind: 'canary',
  steps: [
    { weight: 20, bake: first },
    { weight: 60, bake: second, gate: 'manual' },
  ],
  bake: { min: '2m', max: '4m' },
  progressDeadline: '90s',
  scaleDownDelay: '0s',
})

const analysis = { warmUp: '0s', look: '500ms', maxErrorRate: '50%', metrics: [{ kind: 'errors', share: 1 }] }
const patient: ShopOptions = { rps: 10, strategy: steps(), environment: { analysis, watch: '5m' } }
/** The second step needs a second replica, which may not become ready. */
const wide: ShopOptions = { ...patient, target: { replicas: 2 } }
const blueGreen: ShopOptions = {
  ...patient,
  strategy: { kind: 'blue-green', gate: 'manual', progressDeadline: '90s', scaleDownDelay: '0s' },
}
/** Few requests suffice for a pass. */
const trusting: ShopOptions = { ...patient, rps: 30, strategy: steps({}, { min: '0s' }), objective: { errors: '20%' } }
/** No number of requests suffices for a pass. */
const doubting: ShopOptions = { ...patient, strategy: steps({ min: '0s', max: '2s' }), objective: { errors: '0.01%' } }

const mend: HeldPhase['free'] = async (shop) => shop.switch.set(null)
const nothing: HeldPhase['free'] = async () => {}
const never = (shop: Shop, version: string) => shop.switch.set({ version, mode: 'never-ready' })

/** A release in its first bake, with requests that are sent to it there. */
async function baking(shop: Shop, version: string, ...requests: readonly string[]): Promise<ShopRelease> {
  const release = await shop.release(version)
  await release.phase('baking')
  for (const request of requests) await release.ask(request)
  return release
}

/** Resolves once both the API and the workflow are in the phase, at the weight if one is given. The workflow may be behind. */
async function arrived(release: ShopRelease, phase: Phase, weight?: number): Promise<ShopRelease> {
  const isThere = async ({ phase: seen, weightPercent }: ReleaseAnswer) =>
    seen === phase &&
    (weight === undefined || weight === weightPercent) &&
    (await release.refusal('retry-revert'))?.phase === phase
  await until(`${release.id} ${phase} at ${weight ?? 'any'} %`, async () => isThere(await release.read()), 60_000)
  return release
}

async function starting(shop: Shop, version: string): Promise<ShopRelease> {
  never(shop, version)
  return arrived(await shop.release(version), 'starting')
}

/** A release whose canary has too few healthy replicas for the request. */
async function stranded(shop: Shop, version: string, request: string): Promise<ShopRelease> {
  const release = await baking(shop, version)
  never(shop, version)
  await release.ask(request)
  return release
}

const held = (
  phase: Phase,
  weight: number,
  options: ShopOptions,
  reach: HeldPhase['reach'],
  free: HeldPhase['free'] = nothing,
): HeldPhase => ({ phase, weight, options, reach, free })

/** A revert that lasts while its gate is shut. */
function reverting(): HeldPhase {
  const gate = createGate()
  const environment = { analysis, hooks: { afterRevert: [gate.hook] } }
  const reach: HeldPhase['reach'] = async (shop, version) => {
    const release = await baking(shop, version)
    gate.shut()
    await release.ask('abort')
    return arrived(release, 'reverting', 0)
  }
  return held('reverting', 0, { ...patient, environment }, reach, async () => gate.open())
}

function queued(): HeldPhase {
  const before: ShopRelease[] = []
  const reach: HeldPhase['reach'] = async (shop, version) => {
    before.push(await baking(shop, `${version}-before`))
    return arrived(await shop.release(version), 'queued')
  }
  return held('queued', 0, patient, reach, async () => {
    for (const release of before.splice(0)) {
      await release.ask('abort')
      await release.end()
    }
  })
}

/** The phases by name. Each call creates new rows, because some have gates. */
export const createPhases = () =>
  ({
    queued: queued(),
    starting: held('starting', 0, patient, starting, mend),
    shifting: held('shifting', 20, wide, async (shop, v) => arrived(await stranded(shop, v, 'promote'), 'shifting'), mend),
    'baking at 20 %': held('baking', 20, patient, baking),
    'baking at 60 %': held('baking', 60, patient, async (shop, v) => arrived(await baking(shop, v, 'promote'), 'baking', 60)),
    'gated at 0 %': held('gated', 0, blueGreen, async (shop, v) => arrived(await shop.release(v), 'gated')),
    'gated at 60 %': held('gated', 60, trusting, async (shop, v) => arrived(await baking(shop, v, 'promote'), 'gated')),
    'paused at 0 %': held('paused', 0, patient, async (shop, version) => {
      const release = await starting(shop, version)
      await release.ask('pause')
      shop.switch.set(null)
      return arrived(release, 'paused')
    }),
    'paused at 20 %': held('paused', 20, patient, async (shop, v) => arrived(await baking(shop, v, 'pause'), 'paused')),
    'held at 20 %': held('held', 20, doubting, async (shop, v) => arrived(await shop.release(v), 'held')),
    promoting: held(
      'promoting',
      20,
      wide,
      async (shop, v) => arrived(await stranded(shop, v, 'promote-fully'), 'promoting'),
      mend,
    ),
    watching: held('watching', 100, patient, async (shop, v) => arrived(await baking(shop, v, 'promote-fully'), 'watching')),
    reverting: reverting(),
  }) satisfies Record<string, HeldPhase>

/** Aborted at 60 % while the stable version is not ready: the revert is tried for two minutes and then waits for an operator. */
export const revertFailed = {
  options: { ...patient, target: { health: { every: '200ms', unhealthyAfter: 2 } } } satisfies ShopOptions,
  async reach(shop: Shop, version: string): Promise<ShopRelease> {
    const release = await arrived(await baking(shop, version, 'promote'), 'baking', 60)
    const [stable = ''] = Object.keys(await shop.weights()).filter((each) => each !== version)
    never(shop, stable)
    await until(`${stable} without traffic`, async () => ((await shop.weights())[stable] ?? 0) === 0)
    await release.ask('abort')
    await until(`${release.id} with an operator`, async () => (await release.read()).phase === 'needs-operator', 180_000)
    return release
  },
}
