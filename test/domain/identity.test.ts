import { expect } from 'chai'
import { describe, it } from 'mocha'
import { canonicalBytes, digestOf, revisionOf } from '../../domain/digest.ts'
import {
  consolePage,
  environmentKey,
  namePattern,
  parseEnvironmentRef,
  releaseId,
  releaseWorkflowId,
  rollbackWorkflowId,
  rolloutWorkflowId,
  versionPattern,
} from '../../domain/identity.ts'
import { systemActor } from '../../domain/actor.ts'
import { subjectKey, subjectKindOf, subjectOf } from '../../domain/subject.ts'

const ref = { service: 'shop', environment: 'production' }
const taken = (pattern: RegExp, texts: readonly string[]) => texts.filter((text) => pattern.test(text))

describe('a name', () => {
  it('is a letter, then letters, digits and dashes, 63 at most', () => {
    expect(taken(namePattern, ['a', 'shop-2', 'a-', `a${'b'.repeat(62)}`])).to.have.length(4)
    expect(
      taken(namePattern, ['', 'A', '2a', '-a', 'a b', 'a_b', 'aB', 'a/b', 'é', `a${'b'.repeat(63)}`, 'a\n', ' a']),
    ).to.deep.equal([])
  })

  it('of a version is 128 letters, digits and . _ + - at most, and begins with a letter or digit', () => {
    expect(taken(versionPattern, ['1', 'v1.0.0-rc_1+b', 'Z', `1${'.'.repeat(127)}`])).to.have.length(4)
    expect(taken(versionPattern, ['', '.1', '-1', '+1', '1 0', '1/0', `1${'.'.repeat(128)}`, '1\n', ' 1'])).to.deep.equal([])
  })
})

describe('an environment', () => {
  it('is named by one key, and found by it again', () => {
    expect(environmentKey(ref)).to.equal('shop/production')
    expect(parseEnvironmentRef('shop/production')).to.deep.equal(ref)
    for (const key of ['', 'shop', 'shop/', '/production', 'shop/production/', 'a/b/c'])
      expect(() => parseEnvironmentRef(key), key)
        .to.throw(`'${key}' is not service/environment`)
        .with.property('code', 'invalid-input')
  })
})

describe('an id', () => {
  it('says what it is of', () => {
    expect([
      releaseId('shop', 2),
      releaseWorkflowId('shop', 'shop-2'),
      rolloutWorkflowId(ref, 'shop-2'),
      rollbackWorkflowId(ref, 3),
      consolePage('http://console', { kind: 'rollback', id: 'rollback/shop/production/3' }),
      subjectKey({ kind: 'release', id: 'shop-2' }),
    ]).to.deep.equal([
      'shop-2',
      'release/shop/shop-2',
      'rollout/shop/production/shop-2',
      'rollback/shop/production/3',
      'http://console/#/rollbacks/rollback%2Fshop%2Fproduction%2F3',
      'release:shop-2',
    ])
  })

  it('is of the subject that a turn works for', () => {
    expect([subjectKindOf('rollout'), subjectKindOf('rollback')]).to.deep.equal(['release', 'rollback'])
    expect(subjectOf({ subjectKind: 'backup', subject: 'b-1' })).to.deep.equal({ kind: 'backup', id: 'b-1' })
    expect(systemActor('queue')).to.deep.equal({ kind: 'system', id: 'queue' })
  })
})

describe('a digest', () => {
  it('is SHA-256 over RFC 8785: of the same value the same, whatever the order of its keys', () => {
    expect(canonicalBytes({ b: [1, 'é'], a: null, c: undefined }).toString('utf8')).to.equal('{"a":null,"b":[1,"é"]}')
    expect(digestOf({ b: 1, a: 2 })).to.equal(digestOf({ a: 2, b: 1 }))
    expect(digestOf({})).to.equal('sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a')
    expect(() => canonicalBytes(undefined)).to.throw(TypeError, 'only JSON has canonical bytes')
  })

  it('of a revision is the first twelve hex digits', () => {
    const material = { artifact: 'a', target: {}, traffic: {} }
    expect(`sha256:${revisionOf(material)}`).to.equal(digestOf(material).slice(0, 'sha256:'.length + 12))
  })
})
