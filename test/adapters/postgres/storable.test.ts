import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createDatabase } from '../../../adapters/postgres/pool.ts'
import { testDatabase } from '../../stack/postgres.ts'

/** What a person may write in a reason, and a service may print. */
const texts = ['a\0b', '\\u0000', '\\\0', 'half a pair \ud83d', '\udc00', 'a whole one 😀', 'C:\\users\\ud800']

describe('a text that PostgreSQL cannot keep', function () {
  this.timeout(60_000)

  it('is kept as far as it can be, as text and in JSON, and never fails a statement', async () => {
    const db = createDatabase({ url: await testDatabase(), applicationName: 'test' })
    try {
      for (const text of texts) {
        const [row] = await db.query<{ text: string; json: { said: string }; list: string[] }>(
          'select $1::text as text, $2::jsonb as json, $3::text[] as list',
          [text, JSON.stringify({ said: text }), [text]],
        )
        expect(row?.json.said, 'as JSON').to.be.a('string')
        expect(row?.list, 'in a list').to.deep.equal([row?.text])
      }
      const [same] = await db.query<{ json: unknown }>('select $1::jsonb as json', [JSON.stringify(['é \n "x" \\ 😀'])])
      expect(same?.json).to.deep.equal(['é \n "x" \\ 😀'])
    } finally {
      await db.close()
    }
  })
})
