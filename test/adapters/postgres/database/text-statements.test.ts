/** Statements are built over the typed tables; what is a whole statement as text is listed here, and says why where it stands. */
import { expect } from 'chai'
import { glob, readFile } from 'node:fs/promises'
import { describe, it } from 'mocha'

/** Files with whole statements as text, and how many: settings and locks of a session, what surrounds a commit, and LISTEN. */
const asText = {
  'adapters/postgres/database/database.ts': 5,
  'adapters/postgres/events/event-feed.ts': 1,
}

describe('a whole statement as text', () => {
  it('stands only where the builder has no word', async () => {
    const found: Record<string, number> = {}
    for await (const file of glob('{adapters/postgres,api,workers,activities}/**/*.ts')) {
      const uses = (await readFile(file, 'utf8')).match(/\bquery(<[^(]*>)?\((?!text:)\s*[`'"a-z]|`\.execute\(/g)
      // How the driver hands over what is built.
      if (uses && file !== 'adapters/postgres/database/pool-dialect.ts') found[file] = uses.length
    }
    expect(found).to.deep.equal(asText)
  })
})
