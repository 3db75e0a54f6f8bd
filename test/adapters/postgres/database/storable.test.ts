import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createDatabase } from '../../../../adapters/postgres/database/database.ts'
import { jsonOf } from '../../../../adapters/postgres/database/storable.ts'
import { testDatabase } from '../../../stack/postgres.ts'

/** Texts that a person may write as a reason or a service may print, with what is stored. */
const texts = {
  'a\0b': 'a\ufffdb',
  '\\\0': '\\\ufffd',
  'half a pair \ud83d': 'half a pair \ufffd',
  '\udc00': '\ufffd',
}

/** Texts that look like unstorable characters or like JSON, and are neither. */
const same = ['\\u0000', 'C:\\users\\ud800', '{"said":"\\u0000"}', 'a whole one 😀', 'é \n "x" \\ 😀']

describe('a text', function () {
  this.timeout(60_000)

  it('is stored as it is, or as far as PostgreSQL can store it, alike as text and in JSON, and never fails a statement', async () => {
    const db = createDatabase({ url: await testDatabase(), applicationName: 'test' })
    try {
      for (const [text, kept] of [...Object.entries(texts), ...same.map((each) => [each, each] as const)]) {
        const [row] = await db.query('select $1::text as text, $2::jsonb as json, $3::text[] as list', [
          text,
          jsonOf({ said: text }),
          [text],
        ])
        expect(row).to.deep.equal({ text: kept, json: { said: kept }, list: [kept] })
      }
    } finally {
      await db.close()
    }
  })
})
