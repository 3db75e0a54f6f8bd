/** Every forbidden import has a bad example, and each fails only with its own message. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkImports } from '../../../tools/checks/check-imports.ts'
import { importTable } from '../../../tools/checks/import-table.ts'

const bad = join(import.meta.dirname, 'bad')
const ofLinter = /\/(clock|environment|careless)\.ts$/

describe('the import table', () => {
  it('refuses every bad example on its line, with its message, and finds nothing else', async () => {
    const files = (await Array.fromAsync(glob('**/*.ts', { cwd: bad }))).filter((file) => !ofLinter.test(file)).sort()
    const found = (await checkImports(bad, files)).map(({ file, line, message }) => `${file}:${line} ${message}`)
    const wanted = await Promise.all(files.map(expectations))
    expect(found.filter((line) => !line.includes('cycle:')).sort()).to.deep.equal(wanted.flat().sort())
    expect(found.filter((line) => line.includes('cycle:'))).to.deep.equal([
      'domain/ring-a.ts:1 cycle: domain/ring-a.ts -> domain/ring-b.ts -> domain/ring-a.ts',
    ])
  })

  it('has an example of each import between two rooms that it forbids', async () => {
    const text = (await Promise.all(Object.keys(importTable).map((room) => readFile(join(bad, room, 'arrows.ts'), 'utf8')))).join(
      '\n',
    )
    for (const [room, { rooms }] of Object.entries(importTable)) {
      for (const other of Object.keys(importTable)) {
        if (other === room || rooms[other] === 'values') continue
        expect(text).to.include(
          rooms[other] ? `// ${room} may import only types of ${other}:` : `// ${room} may not import ${other}\n`,
        )
      }
    }
  })
})

/** The `// message` at the end of each import or clock line; a first line that is all comment explains the file. */
async function expectations(file: string): Promise<string[]> {
  const lines = (await readFile(join(bad, file), 'utf8')).split('\n')
  return lines.flatMap((line, at) => {
    const message = /\S.* \/\/ (.+)$/.exec(line)?.[1]
    return message && !line.startsWith('//') ? [`${file}:${at + 1} ${message}`] : []
  })
}
