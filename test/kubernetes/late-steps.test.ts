/**
 * Late steps on a real API server. A process freezes before any of its requests, reads included. A newer step or turn does its work. Then
 * the late process wakes, changes nothing, and is told that it is late.
 */
import { expect } from 'chai'
import fc from 'fast-check'
import { before, describe, it } from 'mocha'
import type { ApiServer } from '../../adapters/kubernetes/api-server.ts'
import { environmentLabels, recordName } from '../../adapters/kubernetes/objects.ts'
import { createRevisions } from '../../adapters/kubernetes/revisions.ts'
import { isProblem } from '../../domain/problem.ts'
import { orLeaveOut } from '../left-out.ts'
import type { ControlPlane } from './control-plane.ts'
import { controlPlane } from './control-plane.ts'
import { frozenBefore } from './gated.ts'
import { interleaved } from './interleaved.ts'

const names = { a: 'aaaaaaaaaaaa', b: 'bbbbbbbbbbbb' } as const
type Name = keyof typeof names

/** `stamp` is a step without an effect on objects: it removes a revision that never was. */
const allWorks = ['run a', 'run b', 'remove a', 'remove b', 'stamp'] as const
type Work = (typeof allWorks)[number]

interface Token {
  readonly token: number
  readonly step: number
}

describe('a late step on an API server', function () {
  this.timeout(600_000)
  let plane: ControlPlane
  let namespace = ''
  before(async function () {
    this.timeout(300_000)
    plane = await orLeaveOut(this, controlPlane())
    namespace = await plane.namespace()
  })

  let environments = 0
  /** A service of its own in the namespace. Nothing runs, because no revision gets a replica: what differs is the version. */
  function environment() {
    const ref = { service: `s${++environments}`, environment: 'production' }
    const perform = async (server: ApiServer, work: Work, version: string, { token, step }: Token): Promise<void> => {
      const [verb, of] = work.split(' ') as [string, Name | undefined]
      const fencingToken = { workflowId: `rollout/shop/production/shop-${token}`, token, step }
      const revisions = createRevisions(server, ref, namespace)
      if (verb !== 'run' || !of) return revisions.remove(of ? names[of] : 'never-seen', fencingToken)
      const image = `registry.example/shop@sha256:${'0'.repeat(64)}`
      const template = { spec: { containers: [{ name: 'app' }] } }
      await revisions.run({ revision: names[of], version, image, container: 'app', template, port: 8080 }, 0, fencingToken)
    }
    return {
      perform,
      /** `stale` when the step was late. */
      outcome: (work: Promise<void>): Promise<string> =>
        work.then(
          () => 'accepted',
          (error: unknown) => (isProblem(error, 'stale-token') ? 'stale' : String(error)),
        ),
      /** The record and the objects, each with its token, its version and its identity. */
      async there(): Promise<readonly string[]> {
        const record = await plane.server.read('ConfigMap', namespace, recordName(ref))
        const owned = await plane.server.list(['Deployment', 'Service'], namespace, environmentLabels(ref))
        return [...(record ? [{ kind: 'ConfigMap', object: record }] : []), ...owned].map(({ kind, object: { metadata } }) => {
          const { 'holdfast.dev/fencing-token': token, 'holdfast.dev/version': version = '-' } = metadata.annotations
          return `${kind} ${metadata.name} ${token} ${version} ${metadata.uid}`
        })
      },
    }
  }
  const late = { token: 2, step: 1 }
  const newer: Readonly<Record<string, Token>> = { 'a newer turn': { token: 3, step: 1 }, 'a newer step': { token: 2, step: 2 } }
  const meanwhiles = {
    'run a': ['remove a', 'stamp'],
    'run b': ['run a', 'run b'],
    'remove a': ['run a', 'remove a', 'stamp'],
  } as const
  for (const [who, newToken] of Object.entries(newer))
    for (const work of ['run a', 'run b', 'remove a'] as const)
      it(`to ${work} changes nothing after ${who}, wherever it froze`, async () => {
        const seen: string[] = []
        for (const meanwhile of meanwhiles[work])
          for (let nth = 1; ; nth++) {
            const shop = environment()
            await shop.perform(plane.server, 'run a', 'old', { token: 1, step: 1 })
            const frozen = frozenBefore(plane.server, (_, count) => count === nth)
            const ended = shop.outcome(shop.perform(frozen.server, work, 'late', late))
            const at = await Promise.race([frozen.reached, ended.then(() => null)])
            if (at === null) break
            seen.push(at)
            await shop.perform(plane.server, meanwhile, 'newer', newToken)
            const left = await shop.there()
            frozen.letGo()
            const where = `froze before request ${nth}, ${at}; meanwhile: ${meanwhile}`
            expect(await ended, where).to.equal('stale')
            expect(await shop.there(), where).to.deep.equal(left)
            // The newer one keeps what it does not remove, unless the late one removed the Deployment in time.
            const isKept = meanwhile !== 'remove a' && at !== 'remove Service'
            if (isKept)
              expect(
                left.filter((line) => line.includes(names.a)),
                where,
              ).to.have.length(2)
            if (meanwhile === 'run b')
              expect(
                left.filter((line) => line.includes(names.b)),
                where,
              ).to.have.length(2)
          }
        // What it does first is to list, to read the record and to stamp three objects; then it lists and reads again before its effect.
        expect(seen.length, seen.join(', ')).to.be.at.least(meanwhiles[work].length * 11)
      })

  it('changes nothing, in any order of its requests and those of a newer one', async () => {
    const works = fc.array(fc.constantFrom(...allWorks), { minLength: 1, maxLength: 2 })
    const courses = fc.record({
      existing: fc.subarray(['a', 'b'] as const),
      lateWorks: works,
      newerWorks: works,
      isSameTurn: fc.boolean(),
      picks: fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
    })
    await fc.assert(
      fc.asyncProperty(courses, async ({ existing, lateWorks, newerWorks, isSameTurn, picks }) => {
        const shop = environment()
        for (const name of existing) await shop.perform(plane.server, `run ${name}`, 'old', { token: 1, step: 1 })
        const outcomes: string[] = []
        let left: readonly string[] = []
        let isEnded = false
        const tokenOf = (index: number): Token => ({ token: isSameTurn ? 2 : 3, step: 5 + index })
        const order = await interleaved(
          plane.server,
          [
            async (server) => {
              for (const [index, work] of lateWorks.entries()) {
                const outcome = await shop.outcome(shop.perform(server, work, 'late', { token: 2, step: 1 + index }))
                outcomes.push(isEnded ? outcome : `${outcome} in time`)
              }
            },
            async (server) => {
              for (const [index, work] of newerWorks.entries()) await shop.perform(server, work, 'newer', tokenOf(index))
              left = await shop.there()
              isEnded = true
            },
          ],
          () => picks.shift() ?? false,
        )
        const what = `${outcomes.join(', ')}\n${order.join('\n')}`
        for (const outcome of outcomes) expect(outcome, what).to.be.oneOf(['accepted in time', 'stale in time', 'stale'])
        const { token, step } = tokenOf(newerWorks.length - 1)
        const after = await shop.there()
        const ofNewer = left.filter((line) => line.includes(` ${token}.${step} `))
        expect(after, what).to.deep.equal(ofNewer)
        for (const [name, revision] of Object.entries(names)) {
          const last = newerWorks.findLast((work) => work.endsWith(` ${name}`))
          const objects = after.filter((line) => line.includes(revision))
          if (last?.startsWith('run')) expect(objects, what).to.have.length(2)
          if (last?.startsWith('run')) for (const line of objects) expect(line, what).to.match(/ newer /)
          if (last?.startsWith('remove')) expect(objects, what).to.deep.equal([])
          const isAsBefore = last === undefined && !lateWorks.some((work) => work.endsWith(` ${name}`))
          if (isAsBefore) expect(objects, what).to.have.length(existing.includes(name as Name) ? 2 : 0)
        }
      }),
      { numRuns: 40, endOnFailure: true },
    )
  })

  it('that created objects and died is found by their token, and the next step removes them', async () => {
    const shop = environment()
    await shop.perform(plane.server, 'run a', 'old', { token: 1, step: 1 })
    // It freezes before it creates the Service, and dies right after that.
    const frozen = frozenBefore(plane.server, (request) => request === 'apply Service')
    let isDead = false
    const dying: ApiServer = {
      ...frozen.server,
      read: (...of) => (isDead ? Promise.reject(new Error('dead')) : frozen.server.read(...of)),
    }
    const ended = shop.outcome(shop.perform(dying, 'run b', 'late', late))
    await frozen.reached
    await shop.perform(plane.server, 'run a', 'newer', { token: 3, step: 1 })
    const left = await shop.there()
    isDead = true
    frozen.letGo()
    expect(await ended).to.equal('Error: dead')
    expect((await shop.there()).length).to.equal(left.length + 1)
    await shop.perform(plane.server, 'run a', 'newer', { token: 3, step: 2 })
    expect(await shop.there()).to.deep.equal(left.map((line) => line.replace(' 3.1 ', ' 3.2 ')))
  })
})
