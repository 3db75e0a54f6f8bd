import { expect } from 'chai'
import { describe, it } from 'mocha'
import { environmentResource, resourceKey } from '../../../domain/queue/resource.ts'

describe('the key of a resource', () => {
  it('is its kind and its id, so that equal ids of two kinds are two resources', () => {
    expect(environmentResource({ service: 'shop', environment: 'production' })).to.equal('environment:shop/production')
    expect(resourceKey('database', 'shop/production')).to.equal('database:shop/production')
  })
})
