/** The check refuses what only the API and the command line may say, in strings of every form, and nothing else. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { checkHints, mayName } from '../../../tools/checks/check-hints.ts'
import { linesOfFaults } from './lines-of-faults.ts'

const refused = [
  `throw new Problem('not-found', 'gone', { hint: "'holdfast release list' shows them" })`,
  `const hint = 'begin it anew by npm start'`,
  'const hint = `repeat ${what} with the same Idempotency-Key`',
  `const hint =\n  'take nextCursor as it was answered'`,
  'const self = `/v1/releases/${id}`',
  `const hint = "'--stop' stops it first"`,
  'const hint = `release those: --artifact ${reference}`',
]
const fine = [
  `// 'holdfast login' stores a key`,
  `const hint = 'remove it: Holdfast changes no object that it did not make'`,
  'const key = `holdfast_${id}`',
  `const path = '/api/v1'`,
  `run(node, ['--version'])`,
  'const { nextCursor } = page',
]

const linesIn = (text: string, file?: string) => linesOfFaults(checkHints, text, file)

describe('the check of hints', () => {
  for (const text of refused)
    it(`refuses ${JSON.stringify(text)}`, async () => {
      expect(await linesIn(text)).to.deep.equal([text.split('\n').length])
    })
  for (const text of fine)
    it(`accepts ${JSON.stringify(text)}`, async () => {
      expect(await linesIn(text)).to.deep.equal([])
    })

  it('holds for each room that people do not reach, and for no other', async () => {
    const [text = ''] = refused
    for (const room of ['domain', 'workflows', 'activities', 'adapters', 'workers', 'local-runtime'])
      expect(await linesIn(text, `${room}/a/one.ts`), room).to.deep.equal([1])
    for (const room of ['api', 'cli', 'console', 'ops/up', 'test/adapters', 'schema'])
      expect(await linesIn(text, `${room}/one.ts`), room).to.deep.equal([])
  })

  it('leaves out only files that exist and need it', async () => {
    const root = join(import.meta.dirname, '../../..')
    for (const file of Object.keys(mayName)) expect(existsSync(join(root, file)), file).to.equal(true)
    expect(await checkHints(root, Object.keys(mayName))).to.deep.equal([])
  })
})
