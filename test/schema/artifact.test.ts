import { expect } from 'chai'
import { describe, it } from 'mocha'
import { ArtifactPath } from '../../schema/artifact.ts'

describe('the path of an artifact', () => {
  it('is a text of one to 4,096 characters, without zero bytes', () => {
    const rows = ['/srv/shop', 'a', 'a'.repeat(4_096), '', 'a\0b', 'a'.repeat(4_097), 7]
    expect(rows.map((path) => ArtifactPath.safeParse(path).success)).to.deep.equal([true, true, true, false, false, false, false])
  })
})
