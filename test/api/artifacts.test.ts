import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Artifacts } from '../../adapters/target/target.ts'
import { artifactDigest, assertStillRun, findArtifact, storesOf } from '../../api/artifacts.ts'
import { outcomeOf } from '../adapters/stand.ts'
import { environmentNamed } from '../domain/plan/service-in.ts'

interface StoreAnswers {
  readonly digest: string
  readonly has: readonly string[]
}

/** A fake store of a second kind of target. It records its calls. */
function storeOf({ digest, has }: StoreAnswers, asked: string[]): Artifacts {
  return {
    keep: async (path) => (asked.push(`keep ${path}`), digest),
    digest: async (path) => (asked.push(`digest ${path}`), digest),
    inspect: () => expect.fail('looked'),
    has: async (ref) => has.includes(ref),
    prune: () => expect.fail('pruned'),
  }
}

const on = (name: string, kind: string) => ({ ...environmentNamed(name), target: { kind, config: {} } })

describe('the artifact of a release to targets of two kinds', () => {
  const played = (first: Partial<StoreAnswers>, second: Partial<StoreAnswers>) => {
    const asked: string[] = []
    const told = { digest: 'sha256:a', has: [] }
    const stores = [storeOf({ ...told, ...first }, asked), storeOf({ ...told, ...second }, asked)]
    return { asked, stores }
  }

  it('is added to the store of each kind, once', () => {
    const { stores } = played({}, {})
    const kinds: string[] = []
    const artifacts = (kind: string) => (kinds.push(kind), stores[kind === 'local' ? 0 : 1] as Artifacts)
    const found = storesOf({ artifacts }, [on('staging', 'local'), on('canary', 'other'), on('production', 'local')])
    expect(kinds).to.deep.equal(['local', 'other'])
    expect(found).to.deep.equal(stores)
  })

  it('is stored by both, or by none for a plan', async () => {
    const { asked, stores } = played({}, {})
    expect(await artifactDigest(stores, { path: '/build' }, 'release')).to.equal('sha256:a')
    expect(await artifactDigest(stores, { path: '/build' }, 'plan')).to.equal('sha256:a')
    expect(asked).to.deep.equal(['keep /build', 'keep /build', 'digest /build', 'digest /build'])
  })

  it('is refused when the stores see different files, or other files than the request asserts', async () => {
    const { stores } = played({}, { digest: 'sha256:b' })
    expect(await outcomeOf(artifactDigest(stores, { path: '/build' }, 'release'))).to.equal('digest-mismatch')
    const meant = { path: '/build', digest: 'sha256:c' }
    expect(await outcomeOf(artifactDigest(played({}, {}).stores, meant, 'release'))).to.equal('digest-mismatch')
  })

  it('must be in both stores when it is given by reference', async () => {
    const both = played({ has: ['sha256:a'] }, { has: ['sha256:a'] })
    expect(await artifactDigest(both.stores, { ref: 'sha256:a' }, 'release')).to.equal('sha256:a')
    const one = played({ has: ['sha256:a'] }, {})
    expect(await outcomeOf(artifactDigest(one.stores, { ref: 'sha256:a' }, 'release'))).to.equal('invalid-input')
  })
})

describe('an image', () => {
  const image = `registry.example/shop@sha256:${'a'.repeat(64)}`
  const artifacts = (kind: string) => (kind === 'imaged' ? null : storeOf({ digest: 'sha256:a', has: [] }, []))
  const find = (kinds: readonly string[], artifact: Parameters<typeof findArtifact>[2]) =>
    findArtifact(
      { artifacts },
      kinds.map((kind) => on(kind, kind)),
      artifact,
      'release',
    )

  it('is released as it is named, to targets that run images', async () => {
    expect(await find(['imaged'], { image })).to.equal(image)
  })

  it('is refused where a target runs files, and files are refused where a target runs images, with a sentence', async () => {
    for (const [artifact, sentence] of [
      [{ image }, 'the target of local is of kind local, which runs files: name their path, or the digest of stored ones'],
      [
        { path: '/build' },
        'the target of imaged is of kind imaged, which runs images: name one by its digest, name@sha256:<digest>',
      ],
      [
        { ref: `sha256:${'a'.repeat(64)}` },
        'the target of imaged is of kind imaged, which runs images: name one by its digest, name@sha256:<digest>',
      ],
    ] as const) {
      const refused: unknown = await find(['imaged', 'local'], artifact).catch((error: unknown) => error)
      expect(refused).to.include({ code: 'invalid-input', message: sentence })
    }
  })

  it('is not released again where the target has become another one since', () => {
    const again = (kind: string, artifact: string) => () => assertStillRun({ artifacts }, [on('production', kind)], artifact)
    expect(again('imaged', image)).to.not.throw()
    expect(again('local', image)).to.throw('which runs files')
    expect(again('imaged', 'sha256:a')).to.throw('which runs images')
  })
})
