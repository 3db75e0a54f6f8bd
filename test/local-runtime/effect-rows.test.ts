import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { EffectRow } from '../../adapters/local-runtime/protocol.ts'
import { missingStarts, neededRows, restartsOf } from '../../local-runtime/effect-rows.ts'
import type { RuntimeState } from '../../local-runtime/state.ts'

const key = 'shop/production'
const fencingToken = (token: number, step: number) => ({ workflowId: `w${token}`, token, step })
const started = (replica: string, token: number, revision: string, restart = 0): EffectRow => ({
  at: '',
  ref: key,
  kind: 'started',
  ...fencingToken(token, 1),
  revision,
  replica,
  restart,
})
const ended = (replica: string, token: number): EffectRow => ({
  at: '',
  ref: key,
  kind: 'ended',
  ...fencingToken(token, 1),
  replica,
})
const weights = (token: number, generation: number): EffectRow => ({
  at: '',
  ref: key,
  kind: 'weights',
  ...fencingToken(token, 2),
  generation,
})

const config = {
  command: ['x'],
  cwd: '.',
  env: {},
  drainMs: 0,
  graceMs: 0,
} as unknown as RuntimeState['environments'][string]['revisions'][string]['config']

/** Revision a runs since turn 1, with a replica that started for the third time. Turn 4 is the newest, at generation 7. */
const state: RuntimeState = {
  environments: {
    [key]: {
      ref: { service: 'shop', environment: 'production' },
      router: null,
      formerPorts: [],
      trial: null,
      port: 1,
      directSecret: '',
      generation: 7,
      weights: { a: 100 },
      weightsToken: fencingToken(3, 2),
      fencingToken: fencingToken(4, 1),
      revisions: {
        a: {
          revision: 'a',
          version: '1',
          artifact: '',
          config,
          replicas: 1,
          fencingToken: fencingToken(1, 1),
          slots: [fencingToken(1, 1)],
          removing: false,
        },
      },
    },
  },
  groups: { 'a-3': { pid: 1, startedAt: '', port: 1, ref: key, revision: 'a', fencingToken: fencingToken(1, 1), restart: 2 } },
}

const rows = [
  started('a-1', 1, 'a'),
  weights(1, 6),
  ended('a-1', 1),
  started('a-2', 1, 'a', 1),
  ended('a-2', 1),
  started('b-1', 2, 'b'),
  weights(3, 7),
  ended('b-1', 3),
  started('a-3', 1, 'a', 2),
  started('c-1', 4, 'c'),
  started('c-2', 4, 'c', 1),
  ended('c-2', 4),
  weights(4, 8),
  started('x-1', 9, 'x'),
].map((row, at) => (at === 13 ? { ...row, ref: 'gone/production' } : row))

describe('of old effects', () => {
  const needed = neededRows(rows, state)

  it('the rows stay of the newest turn, of what runs, and of present weights and environments', () => {
    const names = needed.map(({ kind, replica, generation }) => `${kind} ${replica ?? generation}`)
    expect(names).to.deep.equal(['started a-1', 'ended a-1', 'weights 7', 'started a-3', 'started c-1', 'weights 8'])
  })

  it('the kept rows tell the next process as much as all rows', () => {
    const revision = state.environments[key]?.revisions['a']
    if (!revision) return expect.fail('no revision')
    expect(restartsOf(needed, key, revision))
      .to.deep.equal(restartsOf(rows, key, revision))
      .and.to.deep.equal([1])
    expect(missingStarts(needed, Object.entries(state.groups))).to.deep.equal([])
  })
})
