import { expect } from 'chai'
import { describe, it } from 'mocha'
import { environmentsUntil } from '../../../domain/plan/plan-release.ts'
import { serviceIn } from './service-in.ts'

const service = serviceIn('test', 'staging', 'production')
const visited = (until: string | null) => environmentsUntil(service, until).map(({ name }) => name)

describe('a release until an environment', () => {
  it('visits that environment too, and none after it', () => {
    expect(visited('test')).to.deep.equal(['test'])
    expect(visited('staging')).to.deep.equal(['test', 'staging'])
    expect(visited('production')).to.deep.equal(['test', 'staging', 'production'])
    expect(visited(null)).to.deep.equal(['test', 'staging', 'production'])
  })

  it('is refused when there is no such environment, with the names of those that exist', () => {
    expect(() => visited('prod'))
      .to.throw('there is no environment shop/prod')
      .that.deep.includes({
        code: 'invalid-input',
        hint: 'shop has test, staging, production',
        errors: [{ pointer: '/until', detail: 'no environment of this service' }],
      })
  })
})
