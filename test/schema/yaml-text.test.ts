import { expect } from 'chai'
import { describe, it } from 'mocha'
import { Lexer } from 'yaml'
import { deepest, mostParts, offsetOf, readYaml, shortKey } from '../../schema/yaml-text.ts'

const faults = (text: string) => readYaml(text).faults.map(({ offset, detail }) => `${offset} ${detail}`)
const partsOf = (text: string) => text.split('\\').length + [...new Lexer().lex(text)].length

describe('a YAML text', () => {
  it('may be nested as deeply as any declaration needs, and not one level more: lists, blocks and both', () => {
    const lists = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    const blocks = (depth: number) => '{a: '.repeat(depth) + '}'.repeat(depth)
    expect([faults(lists(deepest)), faults(lists(deepest + 1))]).to.deep.equal([[], ['100 it is nested too deeply']])
    expect(faults(lists(deepest + 50)), 'said once').to.deep.equal(['100 it is nested too deeply'])
    // A key and its value are one level each.
    expect([faults(blocks(deepest / 2)), faults(blocks(deepest / 2 + 1))]).to.deep.equal([[], ['200 it is nested too deeply']])
  })

  it('is nested too deeply where the parser would overflow its stack, in every way of nesting', () => {
    for (const level of ['- ', '[', '? ', '? - ', '- - ? ']) {
      const [first] = readYaml(level.repeat(25_000 / level.length)).faults
      expect(first?.detail, level).to.equal('it is nested too deeply')
    }
  })

  it('may have as many parts as can be read in time, and not one more, with escapes among them', () => {
    const entry = '- a\n'
    const each = partsOf(entry.repeat(2)) - partsOf(entry)
    const entries = entry.repeat(Math.floor((mostParts - 100) / each))
    const words = (parts: number) => `${'"'}${'\\'.repeat(2 * Math.floor(parts / 2))}"`
    for (const start of [entries, `${entries}- ${words(9)}\n`]) {
      const room = mostParts - partsOf(start)
      // A line break is one part.
      const full = start + '\n'.repeat(room)
      expect([partsOf(full), faults(full)]).to.deep.equal([mostParts, []])
      expect(faults(`${full}\n`)).to.deep.equal(['0 it is too long, some ten thousand lines; as JSON it may be longer'])
    }
    expect(faults('\\'.repeat(mostParts))[0]).to.match(/^0 it is too long/)
  })

  it('leaves the stacks of other errors as they were', () => {
    const before = Error.stackTraceLimit
    Error.stackTraceLimit = 7
    readYaml('a: [')
    const after = Error.stackTraceLimit
    Error.stackTraceLimit = before
    expect(after).to.equal(7)
  })

  it('may have keys that are no texts, and repeats none that is one', () => {
    expect(faults('? [a]\n: 1\n? {b: 1}\n: 2')).to.deep.equal([])
    expect(faults('a: 1\nb: { a: 1 }\nb: 2\n1: 3\n1: 4')).to.deep.equal([
      "17 'b' is repeated: line 2 has it already",
      "27 '1' is repeated: line 4 has it already",
    ])
    expect(faults(`${'k'.repeat(60)}: 1\n${'k'.repeat(60)}: 2`)[0]).to.include(`'${'k'.repeat(60)}' is repeated`)
  })

  it('has its keys shortened in an answer from 61 characters on', () => {
    expect([60, 61].map((length) => shortKey('k'.repeat(length)))).to.deep.equal(['k'.repeat(60), `${'k'.repeat(60)}…`])
  })
})

describe('the position of a value in a YAML text', () => {
  const text = 'kind: Service\nat: { kind: x, list: [1, { a: b }] }\n? [odd]\n: 1'
  const [document] = readYaml(text).documents
  const rows: readonly (readonly [path: readonly PropertyKey[], key: string | undefined, begins: string])[] = [
    [[], undefined, 'kind: Service'],
    [['kind'], undefined, 'Service'],
    [['at'], undefined, '{ kind: x'],
    [['at', 'list', 1, 'a'], undefined, 'b }'],
    [['at'], 'kind', 'kind: x'],
    [['at'], 'none', '{ kind: x'],
    [[], 'at', 'at: {'],
    [[], 'none', 'kind: Service'],
    [['at', 'none'], undefined, '{ kind: x'],
    [['at', 'none'], 'kind', '{ kind: x'],
    [['none', 'at', 'all'], 'kind', 'kind: Service'],
    [['at', 'list', 0], 'kind', '1, {'],
  ]
  for (const [path, key, begins] of rows)
    it(`of ${key === undefined ? '' : `the key ${key} in `}/${path.join('/')} is where it begins, or the block around it`, () => {
      const offset = document ? offsetOf(document, path, key) : null
      expect(text.slice(offset ?? text.length)).to.match(new RegExp(`^${begins.replace(/[{[]/, '\\$&')}`))
    })

  it('is none in a text without values', () => {
    const [empty] = readYaml('--- # nothing').documents
    expect(empty && offsetOf(empty, [])).to.equal(4)
  })
})
