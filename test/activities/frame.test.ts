import { insertSubject } from '../../adapters/postgres/events/events.ts'
import { execFile } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Database } from '../../adapters/postgres/database/database.ts'
import { createDatabase } from '../../adapters/postgres/database/database.ts'
import { endTurn, takeTurn } from '../../adapters/postgres/queue/take-turn.ts'
import { outcomeOf } from '../adapters/stand.ts'
import { enqueue, jobKinds, jobTable, writeOutcome } from '../adapters/postgres/queue/any-kind.ts'
import { testDatabase } from '../stack/postgres.ts'
import type { Step, WorkKind } from './any-kind.ts'
import { doStep, subject, tables } from './any-kind.ts'

const kinds: readonly WorkKind[] = ['backup', 'decision']

interface Bench extends AsyncDisposable {
  readonly db: Database
  readonly url: string
  /** A step of the work, by default of the run that began it. */
  step(step: number, runId?: string, current?: string): Step
  /** The projection, the events, and the number of calls to the outer world. */
  state(): Promise<{ readonly value: number; readonly events: readonly string[]; readonly asked: number }>
}

/** Begins work: the backup takes its turn, the decision needs none. */
async function begin(kind: WorkKind): Promise<Bench> {
  const url = await testDatabase()
  const db = createDatabase({ url, applicationName: 'test' })
  await db.query(`${jobTable}; ${tables}`)
  await insertSubject(db, { kind, id: subject })
  const workflowId = kind === 'backup' ? await enqueue(db, 'backup', 1, subject) : 'decision/1'
  const run = { workflowId, runId: 'run-1' }
  if (kind === 'backup') await takeTurn(db, jobKinds, run, 1, { superseded: async () => {}, open: async () => {} })
  else await db.query('insert into decision (workflow_id) values ($1)', [workflowId])
  const [table, column] = kind === 'backup' ? ['job', 'bytes'] : ['decision', 'value']
  return {
    db,
    url,
    step: (step, runId = 'run-1', current = runId) => ({ kind, run: { workflowId, runId }, step, current }),
    async state() {
      const [shown] = await db.query<{ value: number }>(`select ${column} as value from ${table}`)
      const events = await db.query<{ key: string }>('select key from event order by seq')
      const [world] = await db.query<{ asked: number }>('select asked from outer_world')
      const keys = events.map(({ key }) => key.replace(workflowId, ''))
      return { value: shown?.value ?? -1, events: keys, asked: world?.asked ?? 0 }
    },
    [Symbol.asyncDispose]: () => db.close(),
  }
}

/** Runs the step in a process of its own. Resolves with its output, or with the signal that ended it. */
async function inProcess(url: string, step: Step, point: string, marker: string): Promise<string> {
  const file = join(import.meta.dirname, 'any-kind.ts')
  const args = [file, url, point, marker, JSON.stringify(step)]
  return promisify(execFile)(process.execPath, args).then(
    ({ stdout }) => stdout.trim(),
    (error: Error & { readonly signal?: string }) => error.signal ?? error.message,
  )
}

const token = { backup: 1, decision: 0 } as const

for (const kind of kinds)
  describe(`the frame of a step, for a ${kind}, which is a kind of work that it does not know`, function () {
    this.timeout(60_000)

    it('writes projection and event together and once, also when the step is repeated', async () => {
      await using bench = await begin(kind)
      for (let round = 0; round < 2; round += 1) expect(await doStep(bench.db, bench.step(2))).to.equal('done')
      expect(await bench.state()).to.deep.equal({ value: 2, events: [`#${token[kind]}.2`], asked: 2 })
    })

    for (const [point, left] of [
      ['transaction.record.before', { value: 0, events: [], asked: 1 }],
      ['transaction.record.after', { value: 3, events: [`#${token[kind]}.3`], asked: 1 }],
    ] as const)
      it(`writes all or nothing when it is killed at ${point}; a repeat does the effect again and writes once`, async () => {
        await using bench = await begin(kind)
        const marker = join(mkdtempSync(join(tmpdir(), 'holdfast-frame-')), 'marker')
        expect(await inProcess(bench.url, bench.step(3), point, marker)).to.equal('SIGKILL')
        expect(await bench.state()).to.deep.equal(left)
        expect(await inProcess(bench.url, bench.step(3), point, marker)).to.equal('done')
        expect(await bench.state()).to.deep.equal({ value: 3, events: [`#${token[kind]}.3`], asked: 2 })
      })

    it('writes nothing for a step that is older than the last one written', async () => {
      await using bench = await begin(kind)
      await doStep(bench.db, bench.step(5))
      expect(await outcomeOf(doStep(bench.db, bench.step(4)))).to.equal('stale-token')
      expect(await bench.state()).to.deep.equal({ value: 5, events: [`#${token[kind]}.5`], asked: 1 })
    })

    it('writes nothing for a step when another run took over during its effect', async () => {
      await using bench = await begin(kind)
      await doStep(bench.db, bench.step(2))
      const late = doStep(bench.db, bench.step(3, 'run-1', 'run-2'), async () => {
        expect(await doStep(bench.db, bench.step(3, 'run-2'))).to.equal('done')
      })
      expect(await outcomeOf(late)).to.equal('stale-token')
      const { value, events } = await bench.state()
      const next = kind === 'backup' ? token.backup + 1 : token.decision
      expect({ value, events }).to.deep.equal({ value: 3, events: [`#${token[kind]}.2`, `#${next}.3`] })
      expect(await outcomeOf(doStep(bench.db, bench.step(9, 'run-1', 'run-2'))), 'from now on').to.equal('stale-token')
    })

    it('has no effect on work that is over', async () => {
      await using bench = await begin(kind)
      const { db } = bench
      if (kind === 'backup') await endTurn(db, bench.step(2).run.workflowId, (tx, turn) => writeOutcome(tx, turn, 'succeeded'))
      else await db.query('update decision set is_over = true')
      expect(await doStep(db, bench.step(2))).to.equal('over')
      expect(await bench.state()).to.deep.equal({ value: 0, events: [], asked: 0 })
    })

    it('answers that the work is over when it ended during the effect', async () => {
      await using bench = await begin(kind)
      const { db } = bench
      const end = async () => {
        if (kind === 'decision') await db.query('update decision set is_over = true')
        else await endTurn(db, bench.step(2).run.workflowId, (tx, turn) => writeOutcome(tx, turn, 'succeeded'))
      }
      expect(await doStep(db, bench.step(2), end)).to.equal('over')
      expect(await bench.state()).to.deep.equal({ value: 0, events: [], asked: 1 })
    })
  })
