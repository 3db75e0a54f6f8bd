import { expect } from 'chai'
import { describe, it } from 'mocha'
import { newSettings } from '../../../domain/plan/new-settings.ts'
import type { Revision } from '../../../domain/plan/plan.ts'

const before: Revision = {
  revision: 'r-1',
  version: '1.0.0',
  artifact: 'sha256:a',
  target: { kind: 'local', config: { replicas: 2, env: { A: '1' }, command: ['node'] } },
  traffic: { kind: 'local', config: { port: 8080 } },
}
const target = (config: object): Revision => ({
  ...before,
  target: { kind: 'local', config: { ...before.target.config, ...config } },
})
const traffic = (config: object): Revision => ({
  ...before,
  traffic: { kind: 'local', config: { ...before.traffic.config, ...config } },
})
const other = { kind: 'other' }

describe('the settings that a release changes', () => {
  const rows: Readonly<Record<string, readonly [after: Revision, names: readonly string[] | null]>> = {
    'are none where nothing differs but the number of the version': [{ ...before, revision: 'r-2', version: '1.0.1' }, []],
    'are not told where the artifact is another': [{ ...target({ replicas: 3 }), artifact: 'sha256:b' }, null],
    'are named in order, without their values': [target({ replicas: 3, env: { A: '2' } }), ['env', 'replicas']],
    'have one that is new': [target({ drainMs: 1 }), ['drainMs']],
    'have one that goes': [{ ...before, target: { kind: 'local', config: { replicas: 2, env: { A: '1' } } } }, ['command']],
    'have those of the traffic after those of the target': [
      { ...target({ replicas: 1 }), traffic: traffic({ port: 8081 }).traffic },
      ['replicas', 'port'],
    ],
    'begin with the kind where another target runs it': [{ ...before, target: { ...before.target, ...other } }, ['kind']],
    'begin with the kind where another router routes it': [
      { ...traffic({ port: 1 }), traffic: { kind: 'other', config: { port: 1 } } },
      ['kind', 'port'],
    ],
  }
  for (const [what, [after, names]] of Object.entries(rows))
    it(what, () => {
      expect(newSettings(before, after)).to.deep.equal(names)
    })
})
