/**
 * The promise that statements built over the typed tables are no slower than the same statements as text. It accepts a release, verifies a
 * lease and records a step, stores a look, and charges a rate limit. Both sides alternate in one run, on one PostgreSQL that does not wait for its disk, because
 * the disk would hide the cost of the statements.
 */
import pg from 'pg'
import { chargeRow } from '../adapters/limit/postgres.ts'
import { metricsProviders } from '../adapters/metrics/index.ts'
import { createAnalyses } from '../adapters/postgres/analysis/analyses.ts'
import type { Database } from '../adapters/postgres/database/database.ts'
import { createDatabase } from '../adapters/postgres/database/database.ts'
import { createRolloutLedger } from '../adapters/postgres/rollouts/rollout-ledger.ts'
import { createAccepting } from '../adapters/postgres/releases/accepting.ts'
import { createServices } from '../adapters/postgres/services/services.ts'
import { locating } from '../adapters/provider.ts'
import { targetProviders } from '../adapters/target/index.ts'
import { trafficProviders } from '../adapters/traffic/index.ts'
import { analysisPlanOf, beginAnalysis } from '../domain/analysis/analysis.ts'
import { firstSnapshot } from '../domain/analysis/snapshot.ts'
import { look } from '../domain/analysis/look.ts'
import { statusOf } from '../domain/analysis/status.ts'
import type { RolloutPlan } from '../domain/plan/plan.ts'
import type { ReleaseInput } from '../domain/plan/plan-release.ts'
import { chargeOf } from '../domain/rate-limit.ts'
import { createDeclarationSchema } from '../schema/declaration.ts'
import { testDatabase } from '../test/stack/postgres.ts'
import { input } from '../test/stack/queue.ts'
import { shopDeclaration } from '../test/stack/shop.ts'
import type { Bench } from './bench.ts'
import { textAccept, textCharge, textKeep, textVerifyAndRecord } from './postgres-text.ts'
import { quantile } from './quantile.ts'

const rounds = 60
const perRound = 20
const promised = 0.95

interface Sides {
  readonly name: string
  text(n: number): Promise<unknown>
  built(n: number): Promise<unknown>
  /** Deletes the rows that accumulate, between rounds. */
  reset(): Promise<unknown>
}

export const bench: Bench = {
  name: 'postgres',
  title: 'operations on PostgreSQL: statements built and prepared against the same as text',
  async run() {
    const url = await testDatabase()
    const pool = new pg.Pool({ connectionString: url })
    const db = createDatabase({ url, applicationName: 'bench' })
    const compared = []
    compared.push(await compare(accepting(db, pool)))
    for (const sides of await ofTurn(db, pool)) compared.push(await compare(sides))
    compared.push(await compare(charging(db, pool)))
    await Promise.all([pool.end(), db.close()])
    return {
      title: this.title,
      columns: ['operation', 'text p50 ms', 'built p50 ms', 'text p90 ms', 'built p90 ms', 'speed', `>= ${promised}`],
      rows: compared.map(({ name, text, built, speed }) => [
        name,
        ...[0.5, 0.9].flatMap((share) => [quantile(text, share), quantile(built, share)].map((ms) => ms.toFixed(3))),
        speed.toFixed(2),
        speed >= promised ? 'yes' : 'NO',
      ]),
      json: compared.map(({ name, text, built, speed }) => ({
        name,
        text: quantile(text, 0.5),
        built: quantile(built, 0.5),
        speed,
      })),
    }
  },
}

/** Runs rounds of both sides in turn. Each side comes first in every other round, and the first tenth is warm-up. */
async function compare({ name, text, built, reset }: Sides) {
  const times = { text: [] as number[], built: [] as number[] }
  let n = 0
  for (let round = 0; round < rounds; round += 1) {
    for (const side of round % 2 === 0 ? (['text', 'built'] as const) : (['built', 'text'] as const)) {
      await reset()
      for (let i = 0; i < perRound; i += 1) {
        n += 1
        const began = performance.now()
        await (side === 'text' ? text(n) : built(n))
        if (round >= rounds / 10) times[side].push(performance.now() - began)
      }
    }
  }
  return { name, ...times, speed: quantile(times.text, 0.5) / quantile(times.built, 0.5) }
}

const locationOf = locating(targetProviders, trafficProviders)
const declarations = createDeclarationSchema({ targets: targetProviders, traffics: trafficProviders, metrics: metricsProviders })

const releaseInput = (n: number): ReleaseInput => ({
  version: `1.0.${n}`,
  artifact: `sha256:${n.toString(16).padStart(64, '0')}`,
  until: null,
  now: false,
  note: null,
  retryOf: null,
  requestedBy: { kind: 'person', id: 'bench' },
})

function accepting(db: Database, pool: pg.Pool): Sides {
  const shop = declarations.parse(shopDeclaration())
  const declared = createServices(db, locationOf).apply(shop, 'any', false)
  const built = createAccepting(db, locationOf)
  return {
    name: 'accept a release',
    text: (n) => textAccept(pool, shop, releaseInput(n)),
    built: (n) => built.release(shop, releaseInput(n), null, () => ({ status: 202, location: '', body: {} })),
    async reset() {
      await declared
      await db.query('truncate release, turn, version, event cascade')
    },
  }
}

/** What an analysis stores after its first look. */
function lookedOnce(rollout: RolloutPlan) {
  const plan = analysisPlanOf(rollout, null, { requestTimeoutMs: 15_000, sticky: false })
  const looked = look(plan, beginAnalysis(plan, {}), { atMs: 0, replicas: [] }, false)
  const looking = { verdict: null, sides: null, blindBecause: null }
  const status = statusOf(plan, looked.state, { kind: 'guard' }, { nowMs: 0, inModeMs: 0 }, looking)
  return { state: firstSnapshot(looked.state), status, row: looked.row }
}

async function ofTurn(db: Database, pool: pg.Pool): Promise<readonly Sides[]> {
  const accepted = await createAccepting(db, locationOf).release(
    declarations.parse(shopDeclaration()),
    releaseInput(0),
    null,
    () => ({
      status: 202,
      location: '',
      body: {},
    }),
  )
  const run = { workflowId: accepted.plan.rollouts[0]?.workflowId ?? '', runId: 'run-1' }
  const ledger = createRolloutLedger(db, async () => run.runId)
  await ledger.take(run, input(1), 2)
  const lease = await ledger.verifyLease(run, 2)
  const analyses = createAnalyses(db)
  const { epoch } = await analyses.begin(lease)
  const { state, status, row } = lookedOnce(lease.turn.plan)
  const reset = async () => {}
  const content = { kind: 'weight-shifted', data: { version: '1.0.0', weight: 10, replicas: 1, to: null } } as const
  return [
    {
      name: 'verify a lease, record a step',
      text: (n) => textVerifyAndRecord(pool, run, lease.turn, { ...input(n + 2), phase: 'shifting' }, content),
      async built(n) {
        const now = await ledger.verifyLease(run, n + 2)
        await ledger.record(now, {
          input: { ...input(n + 2), phase: 'shifting' },
          event: content,
        })
      },
      reset,
    },
    {
      name: 'keep a look',
      text: (n) => textKeep(pool, run.workflowId, epoch, state, status, { ...row, atMs: n }),
      built: (n) => analyses.keep(run.workflowId, epoch, state, status, [{ atMs: n, row: { ...row, atMs: n } }]),
      reset,
    },
  ]
}

/** The limit is too high to refuse anything, so only charges are measured. */
function charging(db: Database, pool: pg.Pool): Sides {
  const chargeFor = (n: number) => {
    const charge = chargeOf(`key:${n % 10}`, 'write', 9_000_000)
    if (!charge) throw new Error('a write is charged')
    return charge
  }
  return {
    name: 'charge a rate limit',
    text: (n) => textCharge(pool, chargeFor(n)),
    built: (n) => chargeRow(db, chargeFor(n)),
    reset: async () => {},
  }
}
