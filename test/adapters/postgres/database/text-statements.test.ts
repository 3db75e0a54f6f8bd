/** Statements are built over the typed tables. Whole statements as text are counted here, and each has its reason in the code. */
import { expect } from 'chai'
import { glob, readFile } from 'node:fs/promises'
import { describe, it } from 'mocha'

/** Files with whole statements as text, and how many: session settings and locks, `begin`, `commit` and `rollback`, and LISTEN. */
const asText = {
  'adapters/postgres/database/database.ts': 5,
  'adapters/postgres/events/event-feed.ts': 1,
}

describe('a whole statement as text', () => {
  it('is used only when the builder cannot express it', async () => {
    const found: Record<string, number> = {}
    for await (const file of glob('{adapters,api,workers,activities}/**/*.ts')) {
      const uses = (await readFile(file, 'utf8')).match(/\bquery(<[^(]*>)?\((?!text:)\s*[`'"a-z]|`\.execute\(/g)
      // The driver itself, which runs built statements.
      if (uses && file !== 'adapters/postgres/database/pool-dialect.ts') found[file] = uses.length
    }
    expect(found).to.deep.equal(asText)
  })
})
