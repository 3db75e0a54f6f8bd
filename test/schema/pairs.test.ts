import { expect } from 'chai'
import { describe, it } from 'mocha'
import { testDeclaration } from './providers.ts'

const imaged = (more: object) => ({
  kind: 'Service',
  name: 'shop',
  environments: [{ name: 'production', target: { kind: 'imaged' }, ...more }],
})
const errors = ['errors'].map((kind) => ({ kind, share: 1 }))
const plain = { analysis: { metrics: errors } }

const faults = (declared: unknown) => {
  const parsed = testDeclaration.safeParse(declared)
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.slice(2).join('.')}: ${message}`)
}

describe('what a target is declared with', () => {
  it('is its own router and metrics provider where none is declared', () => {
    const [environment] = testDeclaration.parse(imaged({ ...plain, strategy: { kind: 'rolling' } })).environments
    expect([environment?.traffic, environment?.metrics]).to.deep.equal([
      { kind: 'halves', config: { split: 'replicas' } },
      { kind: 'scrape-all', config: {} },
    ])
    const local = {
      kind: 'Service',
      name: 'shop',
      environments: [{ name: 'production', target: { kind: 'local', command: ['x'] } }],
    }
    const [other] = testDeclaration.parse(local).environments
    expect([other?.traffic.kind, other?.metrics.kind]).to.deep.equal(['local', 'scrape'])
  })

  it('is checked as if it were declared, also where it is a default', () => {
    expect(faults(imaged({ ...plain, strategy: { kind: 'canary', steps: [{ weight: 60 }] } }))[0]).to.include('at most 50')
    expect(faults(imaged({ strategy: { kind: 'rolling' } })).some((one) => one.includes('metrics of kind scrape-all'))).to.equal(
      true,
    )
  })

  it('is refused where it does not work on the target, with what does', () => {
    expect(faults(imaged({ ...plain, traffic: { kind: 'local' } }))).to.deep.equal([
      'traffic.kind: local does not work on target imaged: only halves',
    ])
    expect(faults(imaged({ ...plain, metrics: { kind: 'scrape' } }))).to.deep.equal([
      'metrics.kind: scrape does not work on target imaged: only scrape-all, prometheus',
    ])
  })

  it('has no commands where it runs images', () => {
    const hooks = { before: [{ command: ['x'] }, { http: 'http://127.0.0.1/' }], afterRevert: [{ command: ['y'] }] }
    expect(faults(imaged({ ...plain, smoke: [{ path: '/' }, { command: ['x'] }], hooks }))).to.deep.equal([
      'smoke.1.command: commands do not run on target imaged, which runs images: name a path',
      'hooks.before.0.command: commands do not run on target imaged, which runs images: name an address',
      'hooks.afterRevert.0.command: commands do not run on target imaged, which runs images: name an address',
    ])
  })

  it('is asked for commands at the known moments of hooks only, whatever is sent instead of hooks', () => {
    const command = [{ command: ['x'] }]
    for (const [hooks, expected] of [
      [{ befor: command }, ['hooks: Unrecognized key: "befor"']],
      [[command], ['hooks: Invalid input: expected object, received array']],
      ['x'.repeat(9), ['hooks: Invalid input: expected object, received string']],
    ] as const)
      expect(faults(imaged({ ...plain, hooks })), JSON.stringify(hooks)).to.deep.equal(expected)
  })
})
