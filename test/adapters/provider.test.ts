import { expect } from 'chai'
import { describe, it } from 'mocha'
import { z } from 'zod'
import type { Provider } from '../../adapters/provider.ts'
import { opener } from '../../adapters/provider.ts'

type Opened = Readonly<Record<string, unknown>>

const base = {
  settings: [],
  config: z.looseObject({}),
  create: (_: unknown, config: Opened, within: Opened = {}) => ({ config, within }),
}
const alone: Provider<Opened> = { ...base, kind: 'alone' }
const inCluster: Provider<Opened> = { ...base, kind: 'in-cluster', within: ({ config: { namespace } }) => ({ namespace }) }

const target = (namespace: string, replicas: number) => ({ kind: 'kubernetes', config: { namespace, replicas } })

describe('a provider beside a target', () => {
  const open = opener([alone, inCluster], {})

  it('is given what it takes of the target, and is one for all targets where that is equal', () => {
    const ref = { kind: 'in-cluster', config: { a: 1 } }
    expect(open(ref, target('shop', 1))).to.deep.equal({ config: { a: 1 }, within: { namespace: 'shop' } })
    expect(open(ref, target('shop', 2))).to.equal(open(ref, target('shop', 1)))
    expect(open(ref, target('till', 1))).to.deep.equal({ config: { a: 1 }, within: { namespace: 'till' } })
  })

  it('is one for all targets where it takes nothing of them', () => {
    const ref = { kind: 'alone', config: {} }
    expect(open(ref, target('shop', 1))).to.equal(open(ref, target('till', 3)))
    expect(open(ref, target('shop', 1))).to.equal(open(ref))
  })
})
