/** OTLP sends what a process serves at `/metrics`: no text of a label or a help is lost, cut or read as another line. */
import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { Gauge, Registry } from 'prom-client'
import { familiesOf } from '../../adapters/telemetry/prometheus-text.ts'

/** Characters that the format escapes, other line separators, and texts that look like the format. */
const awkward = [
  '\\',
  '"',
  '\n',
  '\r',
  '\u2028',
  '\u2029',
  '\\n',
  '",b="',
  '} 1',
  ',',
  '{',
  '# TYPE x gauge',
  '\u2028# TYPE x gauge',
  ' ',
  'é',
  '💥',
  '',
]
const value = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.constantFrom(...awkward), { maxLength: 8 }).map((parts) => parts.join('')),
)
const labelName = fc.oneof(fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,8}$/), fc.constantFrom('__proto__', 'constructor', 'le'))

/** The text that prom-client writes. */
async function textOf(help: string, samples: readonly Readonly<Record<string, string>>[]): Promise<string> {
  const registry = new Registry()
  const names = [...new Set(samples.flatMap((labels) => Object.keys(labels)))]
  const gauge = new Gauge({ name: 'holdfast_planted', help, labelNames: names, registers: [registry] })
  for (const [index, labels] of samples.entries()) gauge.set({ ...labels }, index)
  return registry.metrics()
}

describe('Prometheus text of a process', () => {
  it('keeps every label unchanged, whatever it contains', async () => {
    const labels = fc.dictionary(labelName, value, { maxKeys: 4, noNullPrototype: true })
    await fc.assert(
      fc.asyncProperty(labels, async (written) => {
        const families = familiesOf(await textOf('help', [written]))
        expect(families.map(({ name, type }) => `${name} ${type}`)).to.deep.equal(['holdfast_planted gauge'])
        const [sample, ...more] = families[0]?.samples ?? []
        expect(more).to.deep.equal([])
        expect(Object.entries(sample?.labels ?? {})).to.have.deep.members(Object.entries(written))
      }),
      { numRuns: 1_000 },
    )
  })

  it('reads no part of a help as another line', async () => {
    await fc.assert(
      fc.asyncProperty(value, async (help) => {
        const families = familiesOf(await textOf(`help ${help}`, [{ a: 'b' }]))
        expect(families.map(({ name, type, samples }) => [name, type, samples.length])).to.deep.equal([
          ['holdfast_planted', 'gauge', 1],
        ])
      }),
      { numRuns: 500 },
    )
  })
})
