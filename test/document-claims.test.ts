/** What counts as a claim of a document. A claim that is not found is not checked. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { claimsOf } from './document-claims.ts'

const roots = new Set(['domain', 'adapters', 'README.md', 'docs'])
const document = `
See \`domain/problem.ts\`, \`adapters/traffic/<provider>.ts\`, \`wrong/room.ts\`, \`README.md\`, \`docs/\`; not \`release/<service>/<release>\`,
\`@temporalio/worker\`, \`.holdfast/demo\`, \`GET /v1/services\`, \`~/.config/x.json\` or \`domain\`. A [link](docs/cli.md#exit-codes),
[another](https://example.org), <img src="docs/images/a.png" alt="one">, \`npm test -- core\`, \`node domain/make.ts all\`, \`holdfast release pause\\|resume ID\`. Shown by
\`test/a.test.ts\`: 'does this, and
more', 'does that'; \`test/b.test.ts\` and 'no title'.

\`\`\`sh
npm ci && npm start
$ holdfast release start shop --version 1.1.0
\`\`\`

\`\`\`yaml
command: holdfast nothing
\`\`\`
`

describe('the claims of a document', () => {
  const claims = claimsOf(document, roots)

  it('are the paths of the tree, with a star for a placeholder, and the links within it', () => {
    expect(claims.paths).to.deep.equal([
      'domain/problem.ts',
      'adapters/traffic/*.ts',
      'wrong/room.ts',
      'README.md',
      'docs/',
      'test/a.test.ts',
      'test/b.test.ts',
      'domain/make.ts',
    ])
    expect(claims.links).to.deep.equal(['docs/cli.md#exit-codes', 'docs/images/a.png'])
  })

  it('are npm scripts and commands, in prose and in blocks of commands', () => {
    expect(claims.npm).to.deep.equal(['test -- core', 'start'])
    expect(claims.commands).to.deep.equal(['release pause ID', 'release resume ID', 'release start shop --version 1.1.0'])
  })

  it('are titles of tests, after the path of their test', () => {
    expect(claims.titles).to.deep.equal([
      { file: 'test/a.test.ts', title: 'does this, and more' },
      { file: 'test/a.test.ts', title: 'does that' },
    ])
  })
})
