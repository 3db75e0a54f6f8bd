/** The declared target: refused with a pointer to the place, so that a release never fails for what a declaration could have said. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { assertImageByDigest } from '../../../adapters/kubernetes/image.ts'
import { isImageByDigest } from '../../../domain/plan/image.ts'
import { TargetConfig } from '../../../adapters/kubernetes/target-config.ts'
import { Problem } from '../../../domain/problem.ts'

const digest = `sha256:${'a'.repeat(64)}`
const declared = (more: object = {}, spec: object = {}) => ({
  cluster: 'eu-1',
  namespace: 'shop',
  port: 8080,
  template: { spec: { containers: [{ name: 'app' }], ...spec } },
  ...more,
})
const two = [{ name: 'app' }, { name: 'side', image: `side@${digest}` }]

const refused: readonly (readonly [string, object, string, RegExp])[] = [
  ['a pod that reaches the node', declared({}, { hostNetwork: true }), 'template.spec.hostNetwork', /as the node/],
  ['no containers', declared({}, { containers: [] }), 'template.spec.containers', /./],
  ['two containers and no word which runs the image', declared({}, { containers: two }), 'container', /one of several/],
  ['a container that is not there', declared({ container: 'other' }), 'container', /no container/],
  [
    'an image that the release brings',
    declared({}, { containers: [{ name: 'app', image: 'x' }] }),
    'template.spec.containers.0.image',
    /of the release/,
  ],
  [
    'a second image by tag',
    declared({ container: 'app' }, { containers: [{ name: 'app' }, { name: 's', image: 's:1' }] }),
    'template.spec.containers.1.image',
    /by digest/,
  ],
  [
    'a first image by tag',
    declared({}, { initContainers: [{ name: 'i', image: 'i' }] }),
    'template.spec.initContainers.0.image',
    /by digest/,
  ],
  ['a workload to adopt, which is not there yet', declared({ workload: 'Deployment/shop' }), '', /workload/],
  ['a namespace that is no name', declared({ namespace: '../kube-system' }), 'namespace', /lower-case/],
  ['status in a template', declared({ template: { status: {}, spec: { containers: [{ name: 'app' }] } } }), 'template', /status/],
  ['no port', declared({ port: 0 }), 'port', /./],
]

describe('a declared target on a cluster', () => {
  for (const [what, config, path, why] of refused)
    it(`is refused with ${what}`, () => {
      const { error } = TargetConfig.safeParse(config)
      expect(error?.issues.map((issue) => issue.path.join('.'))).to.deep.equal([path])
      expect(error?.issues[0]?.message).to.match(why)
    })

  it('runs the image in its only container, or in the one that it names', () => {
    expect(TargetConfig.parse(declared())).to.include({ container: 'app', replicas: 1 })
    expect(TargetConfig.parse(declared({ container: 'app' }, { containers: two.toReversed() })).container).to.equal('app')
  })

  it('keeps of its template what Kubernetes alone understands', () => {
    const spec = { containers: [{ name: 'app', resources: { requests: { cpu: '1' } } }], tolerations: [{ key: 'x' }] }
    expect(TargetConfig.parse(declared({ template: { spec } })).template.spec).to.deep.equal(spec)
  })
})

describe('an image', () => {
  for (const reference of [
    `shop@${digest}`,
    `registry.example:5000/a/b-c__d@${digest}`,
    `[::1]:5000/a@${digest}`,
    `a/b:1.2@${digest}`,
  ])
    it(`is one by digest: ${reference.slice(0, 30)}`, () => {
      expect(isImageByDigest(reference)).to.equal(true)
    })

  for (const [reference, hint] of [
    ['shop:1.2.0', /a tag may be moved/],
    ['shop', /a tag may be moved/],
    ['shop@sha256:abc', /64 hexadecimal/],
    [`Shop@${digest}`, /64 hexadecimal/],
    [`shop@${digest}\n`, /64 hexadecimal/],
    [`--help@${digest}`, /64 hexadecimal/],
    [`${'a'.repeat(500)}@${digest}`, /64 hexadecimal/],
  ] as const)
    it(`is refused with a hint: ${JSON.stringify(reference.slice(0, 20))}`, () => {
      const refusing = () => assertImageByDigest(reference)
      expect(refusing).to.throw(Problem)
      try {
        refusing()
      } catch (error) {
        expect((error as Problem).hint).to.match(hint)
      }
    })
})
