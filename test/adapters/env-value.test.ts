import { expect } from 'chai'
import { describe, it } from 'mocha'
import { localTarget } from '../../adapters/target/local.ts'
import { isProblem } from '../../domain/problem.ts'
import { parseWith } from '../../schema/issues.ts'

const refused: readonly (readonly [name: string, value: unknown, says: RegExp])[] = [
  ['PORT', '8080', /^PORT is set by Holdfast for each replica and cannot be declared$/],
  ['HOST', 'x', /^HOST is set by Holdfast/],
  ['PATH', 'x', /^PATH is set by Holdfast/],
  ['HOME', 'x', /^HOME is set by Holdfast/],
  ['', 'x', /^a variable is named with/],
  ['A=B', 'x', /^a variable is named with/],
  ['A B', 'x', /^a variable is named with/],
  ['1A', 'x', /^a variable is named with/],
  ['A\0', 'x', /^a variable is named with/],
  ['É', 'x', /^a variable is named with/],
  ['__proto__', 'x', /cannot be a key$/],
  ['A', 'x\0y', /U\+0000/],
  ['A', 'x'.repeat(200_000), /^a variable has at most/],
  ['A', 8080, /expected/],
  ['A', null, /expected/],
]

const faultOf = (name: string, value: unknown): string | undefined => {
  const env = JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`) as unknown
  try {
    parseWith(localTarget.config, { command: ['x'], env }, 'the target')
    return undefined
  } catch (error) {
    if (!isProblem(error, 'invalid-input')) throw error
    return error.errors[0]?.detail
  }
}

describe('a declared environment variable', () => {
  for (const [name, value, says] of refused)
    it(`is refused when it is invalid or Holdfast's own: ${JSON.stringify(name)} = ${JSON.stringify(value).slice(0, 20)}`, () =>
      expect(faultOf(name, value)).to.match(says))

  it('is accepted when a process can get it', () => {
    for (const name of ['A', '_', 'PORT_2', 'http_proxy', 'constructor', 'toString'])
      for (const value of ['', 'é ✓', 'a\nb', { secret: 'shop-token' }]) expect(faultOf(name, value), name).to.equal(undefined)
  })
})
