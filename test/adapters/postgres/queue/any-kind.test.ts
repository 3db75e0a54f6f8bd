import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Opening } from '../../../../adapters/postgres/queue/kind.ts'
import { closeLost, grantFree, handOver } from '../../../../adapters/postgres/queue/queue-sweep.ts'
import { endTurn, takeTurn } from '../../../../adapters/postgres/queue/take-turn.ts'
import { askTurn, readTurn, unendedTurns } from '../../../../adapters/postgres/queue/turns.ts'
import type { Database } from '../../../../adapters/postgres/database/database.ts'
import type { Kind } from './any-kind.ts'
import { enqueue, jobKinds, openJobs, outcomeOfJob, resource, run, workflowOf, writeOutcome } from './any-kind.ts'

const opening: Opening<number> = {
  superseded: (tx, turn) => writeOutcome(tx, turn, 'superseded'),
  open: async (_tx, { fencingToken }) => fencingToken.token,
}

const take = (db: Database, kind: Kind, ordinal: number, runId?: string) =>
  takeTurn(db, jobKinds, run(kind, ordinal, runId), 1, opening)

const end = (db: Database, kind: Kind, ordinal: number) =>
  endTurn(db, workflowOf(kind, ordinal), (tx, turn) => writeOutcome(tx, turn, 'succeeded'))

describe('the queue of a resource, for a kind of work that it does not know', function () {
  this.timeout(60_000)

  it('opens one turn at a time, by the given ranks and ordinals, each with the next token', async () => {
    await using db = await openJobs()
    for (const ordinal of [3, 2]) await enqueue(db, 'backup', ordinal)
    expect((await take(db, 'backup', 3)).kind, 'which came first').to.equal('waiting')
    expect(await take(db, 'backup', 2)).to.deep.equal({ kind: 'taken', opened: 1, pending: null })
    await enqueue(db, 'restore', 9)
    expect(await end(db, 'backup', 2)).to.include({ kind: 'restore', resource, ordinal: 9, token: null })
    expect(await take(db, 'restore', 9)).to.include({ kind: 'taken', opened: 2 })
    expect((await end(db, 'restore', 9))?.workflowId).to.equal(workflowOf('backup', 3))
    expect(await end(db, 'restore', 9), 'a repeat').to.equal(undefined)
  })

  it('queues a turn once, and keeps its pending request until it is over', async () => {
    await using db = await openJobs()
    for (let round = 0; round < 2; round += 1) await enqueue(db, 'backup', 1)
    expect((await unendedTurns(db)).map(({ subjectKind, subject }) => [subjectKind, subject])).to.deep.equal([
      ['backup', workflowOf('backup', 1)],
    ])
    expect(await askTurn(db, workflowOf('backup', 1), 'abort')).to.equal(true)
    expect(await take(db, 'backup', 1)).to.include({ kind: 'taken', pending: 'abort' })
    await end(db, 'backup', 1)
    expect(await askTurn(db, workflowOf('backup', 1), 'abort')).to.equal(false)
  })

  it('ends a turn as superseded when the rules of its kind say so, and opens the next one', async () => {
    await using db = await openJobs()
    await enqueue(db, 'backup', 5)
    await take(db, 'backup', 5)
    for (const ordinal of [4, 6]) await enqueue(db, 'backup', ordinal)
    await end(db, 'backup', 5)
    const taken = await take(db, 'backup', 4)
    expect(taken.kind === 'over' && taken.granted?.workflowId).to.equal(workflowOf('backup', 6))
    expect(await outcomeOfJob(db, workflowOf('backup', 4))).to.equal('superseded')
    expect((await take(db, 'backup', 6)).kind).to.equal('taken')
  })

  it('hands over the resource of a lost workflow when the rules of its kind say so, and it is never free in between', async () => {
    await using db = await openJobs()
    await enqueue(db, 'restore', 1)
    await take(db, 'restore', 1)
    await enqueue(db, 'restore', 2)
    expect(await closeLost(db, jobKinds, workflowOf('restore', 1)), 'only closed').to.equal(undefined)
    const next = await handOver(db, jobKinds, workflowOf('restore', 1))
    expect(next).to.include({ workflowId: workflowOf('restore', 101), state: 'open', token: null })
    expect(await grantFree(db, resource)).to.equal(undefined)
    expect(await handOver(db, jobKinds, workflowOf('restore', 1)), 'a repeat').to.equal(undefined)
    expect(await outcomeOfJob(db, workflowOf('restore', 1))).to.equal('handed-over')
    expect(await take(db, 'restore', 101)).to.deep.equal({ kind: 'taken', opened: 2, pending: null })
  })

  it('only closes the turn of a lost workflow that leaves nothing to undo, taken or not, and opens the next one', async () => {
    await using db = await openJobs()
    for (const ordinal of [1, 2, 3]) await enqueue(db, 'backup', ordinal)
    await take(db, 'backup', 1)
    expect(await handOver(db, jobKinds, workflowOf('backup', 1))).to.equal(undefined)
    expect((await closeLost(db, jobKinds, workflowOf('backup', 1)))?.workflowId).to.equal(workflowOf('backup', 2))
    expect((await closeLost(db, jobKinds, workflowOf('backup', 2)))?.workflowId).to.equal(workflowOf('backup', 3))
    expect(await outcomeOfJob(db, workflowOf('backup', 1))).to.equal('lost')
    expect((await readTurn(db, workflowOf('backup', 2)))?.state).to.equal('over')
  })

  it('refuses a kind that it was not given', async () => {
    await using db = await openJobs()
    await enqueue(db, 'backup', 1)
    const refused = await takeTurn(db, {}, run('backup', 1), 1, opening).catch((error: Error) => error.message)
    expect(refused).to.equal('no kind of work is called backup')
  })
})

describe('the files of the queue', () => {
  const folder = join(import.meta.dirname, '../../../../adapters/postgres/queue')

  it('import no kind of work, and name no table of one', () => {
    for (const name of readdirSync(folder)) {
      const text = readFileSync(join(folder, name), 'utf8')
      const imports = [...text.matchAll(/from '([^']+)'/g)].map(([, path]) => path ?? '')
      const foreign = imports.filter((path) =>
        /domain\/(rollout|plan|analysis)\/|\.\.\/(releases|rollouts|services|analysis)\//.test(path),
      )
      expect(foreign, name).to.deep.equal([])
      expect(text.match(/'(release|rollback|rollout|environment|service|verdict|analysis|version)\b/g), name).to.equal(null)
    }
  })
})
