/** What the command line reads is what the API's schemas have: a member that is renamed there cannot stay behind here. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { z } from 'zod'
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

const pairs: Readonly<Record<string, readonly [read: z.ZodType, answered: readonly z.ZodType[]]>> = {
  'a release or rollback': [ReleaseAnswer, [Release, Rollback]],
  'an explanation': [ExplanationAnswer, [Explanation]],
  'a start': [StartedAnswer, [Started]],
  'a plan': [PlanAnswer, [Plan]],
  'a service': [ServiceAnswer, [ServiceView]],
}

describe('what the command line reads of an answer', () => {
  for (const [name, [shown, answered]] of Object.entries(pairs))
    it(`is among the members that the API answers: ${name}`, () => {
      const known = new Set(answered.flatMap((schema) => pathsOf(schema)))
      expect(known.size, 'the schemas are understood').to.be.greaterThan(3)
      expect(pathsOf(shown).filter((path) => !known.has(path))).to.deep.equal([])
    })

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
