/**
 * Revisions on a real API server: late writes are refused or found by their token, wrong objects are refused, and other managers keep what
 * is theirs.
 */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { ApiServer } from '../../adapters/kubernetes/api-server.ts'
import { createApiServer } from '../../adapters/kubernetes/api-server.ts'
import { environmentLabels, revisionName } from '../../adapters/kubernetes/objects.ts'
import type { RevisionToRun } from '../../adapters/kubernetes/revisions.ts'
import { createRevisions } from '../../adapters/kubernetes/revisions.ts'
import { Problem } from '../../domain/problem.ts'
import { orLeaveOut } from '../left-out.ts'
import type { ControlPlane } from './control-plane.ts'
import { controlPlane } from './control-plane.ts'

const ref = { service: 'shop', environment: 'production' }
const token = (token: number, step: number) => ({ workflowId: `rollout/shop/production/shop-${token}`, token, step })
const revision = (name: string, more: object = {}): RevisionToRun => ({
  revision: name,
  version: '1.0.0',
  image: `registry.example/shop@sha256:${'0'.repeat(64)}`,
  container: 'app',
  template: { spec: { containers: [{ name: 'app', ...more }] } },
  port: 8080,
})
const [a, b] = [revision('aaaaaaaaaaaa'), revision('bbbbbbbbbbbb')]

const problemOf = (work: Promise<unknown>): Promise<Problem> =>
  work.then(
    () => expect.fail('it was accepted'),
    (error: unknown) => (error instanceof Problem ? error : expect.fail(String(error))),
  )

/** The objects in short: `Deployment shop-production-aaaaaaaaaaaa 2.1 x3`. */
async function there(server: ApiServer, namespace: string): Promise<readonly string[]> {
  const owned = await server.list(['Deployment', 'Service'], namespace, environmentLabels(ref))
  return owned.map(({ kind, object: { metadata, spec } }) => {
    const replicas = kind === 'Deployment' ? ` x${String(spec?.['replicas'])}` : ''
    return `${kind} ${metadata.name} ${metadata.annotations['holdfast.dev/fencing-token']}${replicas}`
  })
}

describe('revisions on an API server', function () {
  this.timeout(60_000)
  let plane: ControlPlane
  before(async function () {
    this.timeout(300_000)
    plane = await orLeaveOut(this, controlPlane())
  })
  const opened = async () => {
    const namespace = await plane.namespace()
    return { namespace, revisions: createRevisions(plane.server, ref, namespace) }
  }

  it('are a Deployment and a Service that the record owns, all with the token; a repeat changes nothing', async () => {
    const { namespace, revisions } = await opened()
    await revisions.run(a, 3, token(2, 1))
    const name = revisionName(ref, a.revision)
    expect(await there(plane.server, namespace)).to.deep.equal([`Deployment ${name} 2.1 x3`, `Service ${name} 2.1`])
    const read = async () => [
      await plane.server.read('ConfigMap', namespace, 'holdfast-shop-production'),
      ...(await plane.server.list(['Deployment', 'Service'], namespace, environmentLabels(ref))).map(({ object }) => object),
    ]
    // The controller of Deployments writes their status.
    const written = (objects: Awaited<ReturnType<typeof read>>) =>
      objects.map((object) => [object?.metadata.uid, object?.spec, object?.data])
    const before = await read()
    await revisions.run(a, 3, token(2, 1))
    expect(written(await read())).to.deep.equal(written(before))
    const [record, deployment] = before
    expect(deployment?.metadata['ownerReferences']).to.deep.equal([
      { apiVersion: 'v1', kind: 'ConfigMap', name: record?.metadata.name, uid: record?.metadata.uid },
    ])
    await revisions.remove(a.revision, token(2, 2))
    await revisions.remove(a.revision, token(2, 2))
    await revisions.remove('never-seen', token(2, 3))
    expect(await there(plane.server, namespace)).to.deep.equal([])
  })

  it('are scaled by later steps, and refuse earlier ones and earlier turns', async () => {
    const { namespace, revisions } = await opened()
    await revisions.run(a, 1, token(2, 3))
    for (const late of [token(2, 2), token(1, 9)]) {
      expect((await problemOf(revisions.run(a, 5, late))).code).to.equal('stale-token')
      expect((await problemOf(revisions.run(b, 5, late))).code).to.equal('stale-token')
      expect((await problemOf(revisions.remove(a.revision, late))).code).to.equal('stale-token')
    }
    await revisions.run(a, 4, token(2, 4))
    expect((await there(plane.server, namespace))[0]).to.match(/ 2\.4 x4$/)
  })

  it('whose token somebody removed are stamped again, and never taken for late ones', async () => {
    const { namespace, revisions } = await opened()
    await revisions.run(a, 2, token(2, 1))
    for (const [plural, group] of [
      ['deployments', 'apis/apps/v1'],
      ['services', 'api/v1'],
    ]) {
      const path = `/${group}/namespaces/${namespace}/${plural}/shop-production-aaaaaaaaaaaa`
      const none = { metadata: { annotations: { 'holdfast.dev/fencing-token': null } } }
      expect(await plane.ask('PATCH', path, none, 'application/merge-patch+json')).to.equal(200)
    }
    await revisions.run(b, 1, token(2, 2))
    expect((await there(plane.server, namespace)).filter((line) => line.includes('aaaaaaaaaaaa'))).to.deep.equal([
      'Deployment shop-production-aaaaaaaaaaaa 2.2 x2',
      'Service shop-production-aaaaaaaaaaaa 2.2',
    ])
  })

  it('with a key that Kubernetes does not know are refused, and the error names the key', async () => {
    const { namespace, revisions } = await opened()
    const wrong = revision('cccccccccccc', { readinesProbe: {} })
    const problem = await problemOf(revisions.run(wrong, 1, token(1, 1)))
    expect(problem.code).to.equal('invalid-input')
    expect(problem.message).to.match(/containers\[name="app"\]\.readinesProbe: field not declared in schema$/)
    expect((await there(plane.server, namespace)).filter((line) => line.startsWith('Deployment'))).to.deep.equal([])
  })

  it('keep the replicas of a Deployment that somebody else scales', async () => {
    const { namespace, revisions } = await opened()
    await revisions.run(a, 2, token(1, 1))
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/shop-production-aaaaaaaaaaaa/scale?fieldManager=autoscaler`
    expect(await plane.ask('PATCH', path, { spec: { replicas: 7 } }, 'application/merge-patch+json')).to.equal(200)
    await revisions.run(a, 2, token(1, 2))
    await revisions.run(a, 3, token(2, 1))
    expect((await there(plane.server, namespace))[0]).to.match(/ 2\.1 x7$/)
    // Nothing at all is no number to keep: a stable version without pods could not take its users back.
    expect(await plane.ask('PATCH', path, { spec: { replicas: 0 } }, 'application/merge-patch+json')).to.equal(200)
    await revisions.run(a, 1, token(2, 2))
    expect((await there(plane.server, namespace))[0]).to.match(/ 2\.2 x1$/)
  })

  it('with a field that somebody else manages are not overwritten, and the error names the other manager', async () => {
    const { namespace, revisions } = await opened()
    await revisions.run(a, 2, token(1, 1))
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/shop-production-aaaaaaaaaaaa?fieldManager=helm`
    const image = { spec: { template: { spec: { containers: [{ name: 'app', image: 'other' }] } } } }
    expect(await plane.ask('PATCH', path, image, 'application/strategic-merge-patch+json')).to.equal(200)
    for (const step of [token(1, 2), token(2, 1)]) {
      const problem = await problemOf(revisions.run(a, 2, step))
      expect(problem.code).to.equal('invalid-input')
      expect(problem.message).to.match(/helm manages \.spec\.template\.spec\.containers\[name="app"\]\.image/)
    }
  })

  it('never change an object that existed before', async () => {
    const { namespace, revisions } = await opened()
    const foreign = { metadata: { name: 'shop-production-aaaaaaaaaaaa' }, spec: { ports: [{ port: 1 }] } }
    const path = `/api/v1/namespaces/${namespace}/services`
    expect(await plane.ask('POST', path, foreign)).to.equal(201)
    const before = await plane.server.read('Service', namespace, 'shop-production-aaaaaaaaaaaa')
    const problem = await problemOf(revisions.run(a, 1, token(1, 1)))
    expect([problem.code, problem.message]).to.deep.equal([
      'invalid-input',
      `Service shop-production-aaaaaaaaaaaa is in namespace ${namespace} already, and is not of this environment`,
    ])
    expect(await plane.server.read('Service', namespace, 'shop-production-aaaaaaaaaaaa')).to.deep.equal(before)
  })

  it('of two environments that share a namespace are not mixed up', async () => {
    const { namespace, revisions } = await opened()
    await revisions.run(a, 1, token(1, 1))
    const staging = createRevisions(plane.server, { ...ref, environment: 'staging' }, namespace)
    await staging.run(a, 5, token(9, 1))
    await staging.remove(a.revision, token(9, 2))
    expect((await there(plane.server, namespace))[0]).to.match(/ 1\.1 x1$/)
  })

  it('of two environments whose names collide are refused, and the first keeps its own', async () => {
    const namespace = await plane.namespace()
    const first = { service: 'shop-eu', environment: 'production' }
    await createRevisions(plane.server, first, namespace).run(a, 1, token(1, 1))
    const other = createRevisions(plane.server, { service: 'shop', environment: 'eu-production' }, namespace)
    expect((await problemOf(other.run(a, 5, token(9, 1)))).message).to.match(/is not of this environment/)
    const kept = await plane.server.read('Deployment', namespace, revisionName(first, a.revision))
    expect(kept?.spec?.['replicas']).to.equal(1)
    // Nor is the first one late now, though the other had a higher token.
    await createRevisions(plane.server, first, namespace).run(a, 2, token(1, 2))
  })

  it('are checked by a dry run, which changes nothing', async () => {
    const { namespace } = await opened()
    const of = { kind: 'Service', namespace, name: 'dry', dryRun: true } as const
    const body = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'dry' }, spec: { ports: [{ port: 80 }] } }
    expect((await plane.server.apply(of, body)).is).to.equal('done')
    expect(await plane.server.read('Service', namespace, 'dry')).to.equal(null)
    const wrong = { ...body, spec: { ports: [{ port: 80_000 }] } }
    expect((await problemOf(plane.server.apply(of, wrong))).message).to.match(/spec\.ports\[0\]\.port/)
  })

  it('without a right fail with one sentence that has verb and resource', async () => {
    const { namespace } = await opened()
    const problem = await problemOf(createRevisions(plane.nobody, ref, namespace).run(a, 1, token(1, 1)))
    expect([problem.code, problem.message]).to.deep.equal([
      'not-permitted-target',
      `Holdfast may not list deployments.apps in namespace ${namespace} of test`,
    ])
  })

  it('in a missing namespace, or on a cluster that does not answer, fail with an error that says so', async () => {
    const absent = createRevisions(plane.server, ref, 'no-such-namespace')
    expect((await problemOf(absent.run(a, 1, token(1, 1)))).message).to.match(/namespaces "no-such-namespace" not found/)
    const away = createApiServer('away', { kubeconfig: '/nowhere/kubeconfig', owners: {} })
    const problem = await problemOf(createRevisions(away, ref, 'x').run(a, 1, token(1, 1)))
    expect([problem.code, problem.message]).to.deep.equal(['target-unavailable', 'the kubeconfig of away cannot be used: ENOENT'])
  })
})
