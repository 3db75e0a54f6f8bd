import { expect } from 'chai'
import { describe, it } from 'mocha'
import { isProblem } from '../../domain/problem.ts'
import { parseWith } from '../../schema/issues.ts'
import { keyRequest } from '../../schema/keys.ts'

const schema = keyRequest(['release:start', 'release:read', 'key:read'])

function faults(value: unknown): readonly string[] {
  try {
    parseWith(schema, value, 'the body')
    return []
  } catch (error) {
    if (!isProblem(error, 'invalid-input')) throw error
    return error.errors.map(({ pointer, detail }) => `${pointer} ${detail}`)
  }
}

describe('a request for an API key', () => {
  it('allows actions that there are, all of a kind, or all', () => {
    expect(faults({ scopes: ['*', 'release:*', 'release:start', 'key:read'] })).to.deep.equal([])
    expect(schema.parse({ scopes: ['*'] })).to.deep.equal({ scopes: ['*'], expires: 90 * 86_400_000 })
  })

  const unknown: readonly (readonly [scope: string, hint: string])[] = [
    ['release:stat', ": is it 'release:start'?"],
    ['key:*x', ": is it 'key:*'?"],
    ['something:else', ''],
    ['', ": is it '*'?"],
    // Only the beginning of a long one is compared.
    [`release:start${' '.repeat(60)}`, ''],
    [`${'r'.repeat(63)}:${'s'.repeat(63)}`, ''],
  ]
  for (const [scope, hint] of unknown)
    it(`is refused for '${scope.slice(0, 20)}', ${hint === '' ? 'which is near to none' : 'with the one that is near'}`, () =>
      expect(faults({ scopes: ['*', scope] })).to.deep.equal([`/scopes/1 there is no such action${hint}`]))

  it('is valid from a minute to a year', () => {
    for (const expires of ['1m', '60s', '366d']) expect(faults({ scopes: ['*'], expires }), expires).to.deep.equal([])
    for (const expires of ['59999ms', '0s', '8785h'])
      expect(faults({ scopes: ['*'], expires }), expires).to.include('/expires must be from 1m to 366d')
  })
})
