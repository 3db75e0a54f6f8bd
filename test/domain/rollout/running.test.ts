import { expect } from 'chai'
import { describe, it } from 'mocha'
import { isReady, stableReplicas } from '../../../domain/rollout/running.ts'

const running = (revision: string, wantedReplicas: number, readyReplicas = wantedReplicas) => ({
  revision,
  wantedReplicas,
  readyReplicas,
})

describe('what runs in an environment', () => {
  const readiness = [
    [2, 2, true],
    [2, 3, true],
    [2, 1, false],
    [1, 0, false],
    [0, 0, false],
    [0, 1, true],
  ] as const
  for (const [wanted, ready, expected] of readiness)
    it(`is ${expected ? '' : 'not '}ready with ${ready} of ${wanted} replicas`, () => {
      expect(isReady(running('r', wanted, ready))).to.equal(expected)
    })

  const counts = [
    ['the declared count where nothing runs', [], 3],
    ['the declared count where only the new version runs', [running('canary', 5)], 3],
    ['the declared count where the stable version is scaled to none', [running('stable', 0)], 3],
    ['what is wanted of the stable version, ready or not', [running('stable', 7, 1), running('canary', 9)], 7],
    ['the most of what an earlier rollout left', [running('older', 2), running('stable', 4)], 4],
  ] as const
  for (const [what, revisions, expected] of counts)
    it(`gives the replica count of the stable version: ${what}`, () => {
      expect(stableReplicas(revisions, 'canary', 3)).to.equal(expected)
    })
})
