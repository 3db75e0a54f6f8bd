import { expect } from 'chai'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addressesOf, openAddresses } from './addresses.ts'

describe('pod addresses', () => {
  it('do not include the first 256 of a large subnet and the first ten of a small one, which the cluster keeps', () => {
    expect(addressesOf('10.244.0.0/16')[0]).to.equal('10.244.1.1')
    expect(addressesOf('10.244.0.0/16')).to.not.include.members(['10.244.1.0', '10.244.1.255'])
    expect(addressesOf('10.9.8.0/28')).to.deep.equal([
      '10.9.8.10',
      '10.9.8.11',
      '10.9.8.12',
      '10.9.8.13',
      '10.9.8.14',
      '10.9.8.15',
    ])
  })

  it('are never given twice by kubelets that share a subnet, and are free again when their kubelet starts anew', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'addresses-'))
    const open = (node: string) => openAddresses(folder, '10.9.8.0/28', node)
    const [one, two] = [await open('one'), await open('two')]
    const taken = await Promise.all([one.take(), two.take(), one.take(), two.take(), one.take(), two.take()])
    expect(new Set(taken).size).to.equal(6)
    const refusal = await two.take().catch((error: Error) => error.message)
    expect(refusal).to.equal('no address of 10.9.8.0/28 is free')
    await two.release(taken[1] ?? '')
    expect(await one.take()).to.equal(taken[1])
    const again = await open('one')
    expect(await again.take()).to.be.oneOf([taken[0], taken[1], taken[2], taken[4]])
    await rm(folder, { recursive: true })
  })
})
