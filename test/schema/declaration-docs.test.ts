import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { metricsProviders } from '../../adapters/metrics/index.ts'
import { targetProviders } from '../../adapters/target/index.ts'
import { trafficProviders } from '../../adapters/traffic/index.ts'
import { createDeclarationSchema, declarationJsonSchema } from '../../schema/declaration.ts'
import { declarationKeys, declarationTable } from '../../schema/declaration-keys.ts'
import { parseDeclaration } from '../../schema/document.ts'

const schema = createDeclarationSchema({ targets: targetProviders, traffics: trafficProviders, metrics: metricsProviders })
const document = readFileSync(join(import.meta.dirname, '../../docs/declaration.md'), 'utf8')

describe('docs/analysis.md', () => {
  it('shows metrics that are accepted', () => {
    const text = readFileSync(join(import.meta.dirname, '../../docs/analysis.md'), 'utf8')
    const examples = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, example]) => example ?? '')
    expect(examples).to.have.length(2)
    for (const example of examples) {
      const environment = example.replaceAll(/^(?=.)/gm, '    ')
      const head = 'kind: Service\nname: shop\nenvironments:\n  - name: production\n    target: { kind: local, command: [x] }\n'
      expect(parseDeclaration(schema, `${head}${environment}`).environments[0]?.metrics.kind).to.equal('prometheus')
    }
  })
})

describe('docs/declaration.md', () => {
  it('lists every key of the schema with type, default and meaning, and no other', () => {
    const table = document
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .join('\n')
    expect(table).to.equal(declarationTable(declarationKeys(declarationJsonSchema(schema))))
  })

  it('shows declarations that are accepted', () => {
    const examples = [...document.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text ?? '')
    expect(examples).to.have.length(2)
    for (const example of examples) expect(parseDeclaration(schema, example).environments.length).to.be.greaterThan(0)
  })

  it('shows defaults that are the ones an absent key gets', () => {
    const [short = '', full = ''] = [...document.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text ?? '')
    const [hello] = parseDeclaration(schema, short).environments
    const checkout = parseDeclaration(schema, full).environments[1]
    expect(hello?.analysis).to.deep.equal(checkout?.analysis)
    expect(hello?.traffic).to.deep.equal(checkout?.traffic)
    expect([hello?.watchMs, hello?.onBusy]).to.deep.equal([checkout?.watchMs, checkout?.onBusy])
  })
})
