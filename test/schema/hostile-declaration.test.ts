import { expect } from 'chai'
import { describe, it } from 'mocha'
import { ConsoleCode } from '../../schema/answers.ts'
import { parseDeclared } from '../../schema/document.ts'
import { parseWith } from '../../schema/issues.ts'
import { faultsOf, shop } from './declared.ts'
import { testDeclaration } from './providers.ts'

/** Processor time of this process, independent of others. */
const cpuMs = () => process.cpuUsage().user / 1_000

describe('a declaration', () => {
  it('is refused soon and with a short answer, however many faults it has', () => {
    const many = (count: number, line: (index: number) => string) =>
      Array.from({ length: count }, (_, index) => line(index)).join('\n')
    const hostile: readonly string[] = [
      ...[10_000, 40_000].flatMap((count) => [
        shop(
          '',
          many(count, (index) => `k${index}: 1`),
        ),
        shop(
          '',
          many(count, () => 'name: 1'),
        ),
      ]),
      `kind: Service\nname: shop\nenvironments:\n${many(20_000, (index) => `  - { nme: e${index}, x: 1 }`)}`,
      shop(`    smoke:\n${many(20_000, () => '      - { pth: /, x: 1 }')}`),
      shop('', `${'k'.repeat(1_000)}: 1`),
      `"${'k'.repeat(300_000)}": 1`,
      many(20_000, () => '- *nobody'),
      '{'.repeat(300_000),
      `[${','.repeat(1_000_000)}`,
      `[${'a,'.repeat(500_000)}]`,
      `[${'{a: 1},'.repeat(140_000)}]`,
      `"${'\\q'.repeat(500_000)}"`,
      many(150_000, () => '- &a { x: 1 }'),
      many(250_000, () => '---'),
      many(100_000, () => '? [a]'),
    ]
    for (const text of hostile) {
      const startedMs = cpuMs()
      const faults = faultsOf(text)
      // With a quadratic parser the second took 32 s. Read to its end, a megabyte of brackets took two.
      expect(cpuMs() - startedMs, text.slice(0, 40)).to.be.lessThan(1_000)
      expect(faults.length).to.be.within(1, 101)
      expect(JSON.stringify(faults).length).to.be.lessThan(100_000)
    }
  }).timeout(60_000)

  it('is refused soon as JSON too, at any depth', () => {
    const [open, close] = ['{"a":'.repeat(150_000), '}'.repeat(150_000)]
    const hostile = [`${'['.repeat(500_000)}${']'.repeat(500_000)}`, `${open}1${close}`, `[${'[[[]]],'.repeat(120_000)}1]`]
    for (const text of hostile) {
      const value: unknown = JSON.parse(text)
      const startedMs = cpuMs()
      // A body of any route, and a declaration. A tenth of the first once kept every other request waiting for a
      // minute.
      expect(() => parseWith(ConsoleCode, value, 'the body')).to.throw('the body is not valid')
      expect(() => parseDeclared(testDeclaration, value)).to.throw('the declaration has')
      expect(cpuMs() - startedMs, text.slice(0, 40)).to.be.lessThan(1_000)
    }
    expect(() => parseWith(ConsoleCode, JSON.parse(hostile[0] ?? ''), 'the body')).to.throw('it is nested too deeply')
  }).timeout(60_000)
})
