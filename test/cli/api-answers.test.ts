/** What the command line reads is what the API's schemas have: a member that is renamed there cannot stay behind here. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { z } from 'zod'
import { ExplanationAnswer, ReleaseAnswer, StartedAnswer, read } from '../../cli/api-answers.ts'
import { PlanAnswer } from '../../cli/commands/plans.ts'
import { ServiceAnswer } from '../../cli/commands/service.ts'
import { Explanation, Plan } from '../../schema/answers.ts'
import * as example from '../../schema/examples.ts'
import { Release, Rollback, Started } from '../../schema/release.ts'
import { ServiceView } from '../../schema/service.ts'

/** Paths of every member of a schema, through lists and what may be absent. */
function pathsOf(schema: z.ZodType, at = ''): string[] {
  const { def } = schema as unknown as { def: Record<string, unknown> & { type: string } }
  switch (def.type) {
    case 'object':
      return Object.entries(def['shape'] as Record<string, z.ZodType>).flatMap(([name, member]) => [
        `${at}/${name}`,
        ...pathsOf(member, `${at}/${name}`),
      ])
    case 'array':
      return pathsOf(def['element'] as z.ZodType, at)
    case 'pipe':
      return pathsOf(def['in'] as z.ZodType, at)
    case 'optional':
    case 'nullable':
    case 'default':
    case 'catch':
    case 'readonly':
      return pathsOf(def['innerType'] as z.ZodType, at)
    default:
      return []
  }
}

interface StrictMembers {
  /** Those without which an answer is refused, or the part of it that they are in. */
  readonly needed: readonly string[]
  /** Those that are refused with a value that is new. */
  readonly closed: readonly string[]
}

function strictMembersOf(schema: z.ZodType, at = ''): StrictMembers {
  const { def } = schema as unknown as { def: Record<string, unknown> & { type: string } }
  switch (def.type) {
    case 'object': {
      const all = Object.entries(def['shape'] as Record<string, z.ZodType>).map(([name, member]) => {
        const { needed, closed } = strictMembersOf(member, `${at}/${name}`)
        return { needed: [...(z.object({ member }).safeParse({}).success ? [] : [`${at}/${name}`]), ...needed], closed }
      })
      return { needed: all.flatMap(({ needed }) => needed), closed: all.flatMap(({ closed }) => closed) }
    }
    case 'array':
      return strictMembersOf(def['element'] as z.ZodType, at)
    case 'pipe':
      return strictMembersOf(def['in'] as z.ZodType, at)
    case 'optional':
    case 'nullable':
    case 'default':
    case 'readonly':
      return strictMembersOf(def['innerType'] as z.ZodType, at)
    case 'enum':
    case 'literal':
      return { needed: [], closed: [at] }
    default:
      // What is caught is left out of the answer, whatever it lacks.
      return { needed: [], closed: [] }
  }
}

const pairs: Readonly<Record<string, readonly [read: z.ZodType, answered: readonly z.ZodType[]]>> = {
  'a release or rollback': [ReleaseAnswer, [Release, Rollback]],
  'an explanation': [ExplanationAnswer, [Explanation]],
  'a start': [StartedAnswer, [Started]],
  'a plan': [PlanAnswer, [Plan]],
  'a service': [ServiceAnswer, [ServiceView]],
}

/** The members that an answer of every API has. One that is added later gets a default instead of a place here. */
const always: Readonly<Record<keyof typeof pairs, readonly string[]>> = {
  'a release or rollback': [
    '/canary/revision /canary/version /id /kind /moves/bake /moves/bake/maxMs /moves/bake/minMs /moves/gate /moves/weight /reason/code',
    '/reason/detail /requestedBy/id /requestedBy/kind /service /stable/revision /stable/version /state /version',
  ],
  'an explanation': [
    '/id /reason/code /reason/detail /requests/actor /requests/actor/id /requests/at /requests/reason /requests/request /state /summary',
    '/verdicts/at /verdicts/detail /verdicts/environment /verdicts/move /verdicts/verdict',
  ],
  'a start': ['/id /state'],
  'a plan': [
    '/artifact /environments /environments/alphaShares /environments/alphaShares/comparison /environments/alphaShares/guardrail',
    '/environments/alphaShares/sampleRatio /environments/alphaShares/total /environments/baseline /environments/baseline/version',
    '/environments/canary /environments/canary/version /environments/name /environments/notes /environments/scaleDownDelayMs',
    '/environments/stable /environments/stable/version /environments/steps /environments/steps/bake /environments/steps/bake/maxMs',
    '/environments/steps/bake/minMs /environments/steps/expected /environments/steps/expected/passMs',
    '/environments/steps/expected/requestsPerSecond /environments/steps/gate /environments/steps/weight /environments/strategy',
    '/environments/summary /environments/waitsBehind /environments/waitsBehind/id /environments/watchMs /planDigest /revert',
    '/revert/meaning /service /version',
  ],
  'a service': [
    '/environments/last/id /environments/last/outcome /environments/last/reason/detail /environments/name /environments/queue/id',
    '/environments/queue/state /environments/replicas/lastExit/at /environments/replicas/lastExit/how /environments/replicas/ready',
    '/environments/replicas/version /environments/replicas/wanted /environments/stable/version /environments/traffic/effective',
    '/environments/traffic/url /name',
  ],
}

/** Members of which this command line knows all values: it asks for each kind at a path of its own. */
const closed: Readonly<Record<string, readonly string[]>> = { 'a release or rollback': ['/kind'] }

describe('what the command line reads of an answer', () => {
  for (const [name, [shown, answered]] of Object.entries(pairs))
    it(`is among the members that the API answers: ${name}`, () => {
      const known = new Set(answered.flatMap((schema) => pathsOf(schema)))
      expect(known.size, 'the schemas are understood').to.be.greaterThan(3)
      expect(pathsOf(shown).filter((path) => !known.has(path))).to.deep.equal([])
    })

  for (const [name, [shown]] of Object.entries(pairs)) {
    it(`is understood where an older API lacks what was added since: ${name}`, () => {
      expect(strictMembersOf(shown).needed.toSorted().join(' ')).to.equal(always[name]?.join(' '))
    })

    it(`is understood where a newer API has values that this command line does not know: ${name}`, () => {
      expect(strictMembersOf(shown).closed).to.deep.equal(closed[name] ?? [])
    })
  }

  it('is there in the examples of the API, with its values', () => {
    const release = read(ReleaseAnswer, example.release)
    for (const member of ['moves', 'stable', 'canary', 'requestedBy', 'links', 'createdAt', 'environments'] as const)
      expect(release[member], member).to.deep.equal((example.release as Record<string, unknown>)[member])
    const [environment] = read(PlanAnswer, example.plan).environments
    expect(environment?.steps).to.deep.equal(example.plan.environments[0]?.steps)
    const [shown] = read(ServiceAnswer, example.service).environments
    expect(shown?.replicas).to.deep.equal(example.environment.replicas.map(({ revision: _, ...told }) => told))
    expect(shown?.queue).to.deep.equal([{ id: 'checkout-7', state: 'progressing', phase: 'baking' }])
  })

  it('is understood where a newer API has kinds and members that this command line does not know', () => {
    const newer = { ...example.release, state: 'dreaming', phase: 'asleep', analysis: { standing: 'unheard-of' }, dream: 1 }
    const { id, state, phase, analysis } = read(ReleaseAnswer, newer)
    expect([id, state, phase, analysis]).to.deep.equal([example.release.id, 'dreaming', 'asleep', null])
  })
})
