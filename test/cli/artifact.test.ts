import { expect } from 'chai'
import { describe, it } from 'mocha'
import { artifactLines, sizeText } from '../../cli/view/artifact-lines.ts'
import { run, startApi } from './recorded-api.ts'

const contents = {
  files: 1_204,
  sizeBytes: 150_200_000,
  leftOut: Array.from({ length: 12 }, (_, index) => ({ path: `.env.${index}`, why: 'kept out' })),
  leftOutCount: 14,
  gitIgnored: { files: 1_180, sizeBytes: 149_000_000 },
}

describe('the artifact of a release', () => {
  it('is described before it is sent: its size, what is left out, what Git ignores', async () => {
    const started = { kind: 'release', id: 'shop-3', state: 'accepted', links: {} }
    await using api = await startApi({ 'POST /v1/artifacts/inspect': contents, 'POST /v1/services/shop/releases': started })
    const { exit, out } = await run(['release', 'start', 'shop', '--version', '1.2.0', '--artifact', '.', '--no-wait'], {
      env: { HOLDFAST_URL: api.url },
    })
    expect(exit, out).to.equal(0)
    expect(out)
      .to.match(/: 1,204 files, 150 MB\n/)
      .and.include('without .env.0 (kept out)')
      .and.include('and without 4 more')
    expect(out).to.include('with 1,180 files that Git ignores, 149 MB')
    expect(out.indexOf('1,204 files')).to.be.below(out.indexOf('shop-3 accepted'))
    expect(api.seen.map(({ url }) => url)).to.deep.equal(['/v1/artifacts/inspect', '/v1/services/shop/releases'])
    expect(JSON.parse(api.seen[0]?.text ?? ''), "of the service's own targets").to.include({ service: 'shop' })
  })

  it("is reported when it equals an earlier release's, which Holdfast would not release", async () => {
    const started = { kind: 'release', id: 'shop-3', state: 'accepted', twin: 'shop-2', links: {} }
    await using api = await startApi({ 'POST /v1/artifacts/inspect': contents, 'POST /v1/services/shop/releases': started })
    const words = ['release', 'start', 'shop', '--version', '1.2.0', '--artifact', '.', '--no-wait']
    const { out } = await run(words, { env: { HOLDFAST_URL: api.url } })
    expect(out).to.include(
      'shop-2 releases the same version: if it is reverted, this release waits for a person before it starts',
    )
  })

  it('is not described when it is in the store already, or with JSON output', async () => {
    const started = { kind: 'release', id: 'shop-3', state: 'accepted', links: {} }
    await using api = await startApi({ 'POST /v1/artifacts/inspect': contents, 'POST /v1/services/shop/releases': started })
    const words = ['release', 'start', 'shop', '--version', '1.2.0', '--no-wait']
    await run([...words, '--artifact', `sha256:${'0'.repeat(64)}`], { env: { HOLDFAST_URL: api.url } })
    const { out } = await run([...words, '--artifact', '.', '--json'], { env: { HOLDFAST_URL: api.url } })
    expect(JSON.parse(out)).to.include({ id: 'shop-3' })
    expect(api.seen.map(({ url }) => url)).to.not.include('/v1/artifacts/inspect')
  })

  it('is described by its own command', async () => {
    await using api = await startApi({ 'POST /v1/artifacts/inspect': contents })
    const { exit, out } = await run(['artifact', '.'], { env: { HOLDFAST_URL: api.url } })
    expect(exit, out).to.equal(0)
    expect(out).to.include('1,204 files, 150 MB')
  })

  it('has its size in units of disks, and a short description when nothing is left out', () => {
    expect([0, 999, 1_000, 37_249_000, 150_200_000, 2e9].map(sizeText)).to.deep.equal([
      '0 bytes',
      '999 bytes',
      '1.0 kB',
      '37.2 MB',
      '150 MB',
      '2.0 GB',
    ])
    const none = { ...contents, files: 1, leftOut: [], leftOutCount: 0, gitIgnored: { files: 0, sizeBytes: 0 } }
    expect(artifactLines('/a', none, (_, text) => text)).to.deep.equal(['/a: 1 file, 150 MB'])
  })
})
