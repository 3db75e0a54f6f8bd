/** Counters read from the pods of a real cluster, through its API server. */
import { expect } from 'chai'
import { before, describe, it } from 'mocha'
import type { PodMetricsConfig } from '../../adapters/kubernetes/pod-metrics.ts'
import { podsOf, readPods } from '../../adapters/kubernetes/pod-metrics.ts'
import { environmentLabels } from '../../adapters/kubernetes/objects.ts'
import { isReady } from '../../adapters/kubernetes/pod.ts'
import { resourcePath } from '../../adapters/kubernetes/resource.ts'
import type { Wanted } from '../../domain/analysis/wanted.ts'
import { isProblem } from '../../domain/problem.ts'
import { givenKubeconfig, testKubeconfig } from '../cluster/for-tests.ts'
import { leaveOut, orLeaveOut } from '../left-out.ts'
import { until } from '../stack/until.ts'
import type { ControlPlane } from './control-plane.ts'
import { controlPlane } from './control-plane.ts'
import { addImages } from './test-images.ts'

/** Counts what it answers, says so as the local runtime does, and ends when it is asked to. */
const program = `
const counts = {}
const answer = {
  '/metrics': () => process.env.SAYS ?? [
    'holdfast_requests_total ' + Object.values(counts).reduce((sum, one) => sum + one, 0),
    'holdfast_request_errors_total ' + (counts[500] ?? 0),
    ...Object.entries(counts).map(([code, count]) => 'holdfast_responses_total{code="' + code + '"} ' + count),
    'http_requests_total{method="GET",status="200"} ' + (counts[200] ?? 0),
    'http_requests_total{method="POST",status="200"} 2',
    'http_requests_total{method="GET",status="503"} ' + (counts[500] ?? 0),
  ].join('\\n') + '\\n',
  '/long': () => 'a 1\\n'.repeat(1_000_000),
  '/ready': () => 'yes',
}
require('node:http').createServer((request, response) => {
  if (request.url === '/end') process.exit(1)
  const text = answer[request.url]?.()
  if (text === undefined) counts[request.url.slice(1)] = (counts[request.url.slice(1)] ?? 0) + 1
  response.writeHead(process.env.UNREADY && request.url === '/ready' ? 503 : 200)
  response.end(text ?? '')
}).listen(8080)`

const ref = { service: 'shop', environment: 'production' }
const wanted: Wanted = {
  ref,
  versions: { aaaaaaaaaaaa: '1.0.0', bbbbbbbbbbbb: '1.1.0' },
  edgesMs: [],
  queries: [],
  needed: { matches: [], edgesMs: [] },
}
const labels = { code: 'code' }

describe('the counters of pods', function () {
  this.timeout(120_000)
  let plane: ControlPlane
  before(async function () {
    this.timeout(300_000)
    plane = await orLeaveOut(this, controlPlane())
    if (givenKubeconfig()) leaveOut(this, 'the pods of this test are processes of our own kubelet')
    await addImages(await testKubeconfig(), { 'test/counting:1': { command: [process.execPath, '-e', program] } })
  })

  async function opened(more: Partial<PodMetricsConfig> = {}) {
    const namespace = await plane.namespace()
    const config: PodMetricsConfig = { namespace, port: 8080, path: '/metrics', labels, ...more }
    const pods = () => podsOf(plane.server, namespace, ref)
    return {
      read: (of: Partial<PodMetricsConfig> = {}) => readPods(plane.server, { ...config, ...of }, wanted),
      ask: (name: string, path: string) =>
        plane.server.text(
          { verb: 'get', resource: 'pods/proxy', namespace },
          `${resourcePath('Pod', namespace, name)}:8080/proxy${path}`,
        ),
      async pod(name: string, revision: string, env: Readonly<Record<string, string>> = {}, isAwaited = true): Promise<void> {
        const readinessProbe = { httpGet: { port: 8080, path: '/ready' }, periodSeconds: 1, timeoutSeconds: 30 }
        const variables = Object.entries(env).map(([key, value]) => ({ name: key, value }))
        const body = {
          metadata: { name, labels: { ...environmentLabels(ref), 'holdfast.dev/revision': revision } },
          spec: { containers: [{ name: 'app', image: 'test/counting:1', env: variables, readinessProbe }] },
        }
        expect(await plane.ask('POST', `/api/v1/namespaces/${namespace}/pods`, body)).to.equal(201)
        if (!isAwaited) return
        await until(
          `pod ${name} is ready`,
          async () => (await pods()).some((pod) => pod.metadata.name === name && isReady(pod)),
          100_000,
        )
      },
      restarts: async (name: string) =>
        (await pods()).find((pod) => pod.metadata.name === name && isReady(pod))?.status.containerStatuses[0]?.restartCount,
    }
  }
  const short = ({ replicas }: Awaited<ReturnType<typeof readPods>>) =>
    replicas
      .toSorted((one, other) => one.replica.localeCompare(other.replica))
      .map(({ revision, replica, requests, errors, statuses }) => [revision, replica.split('/')[0], requests, errors, statuses])

  it('are read by revision and pod, of ready pods of wanted revisions alone', async () => {
    const { read, pod, ask } = await opened()
    await Promise.all([
      pod('stable-1', 'aaaaaaaaaaaa'),
      pod('stable-2', 'aaaaaaaaaaaa'),
      pod('canary', 'bbbbbbbbbbbb'),
      pod('other', 'cccccccccccc', { SAYS: 'nothing of the kind' }),
      pod('unready', 'aaaaaaaaaaaa', { UNREADY: '1', SAYS: 'nothing of the kind' }, false),
    ])
    for (const path of ['/200', '/200', '/500']) await ask('canary', path)
    await ask('stable-2', '/200')
    const counters = await read()
    expect(counters.missing).to.equal(undefined)
    expect(short(counters)).to.deep.equal([
      ['bbbbbbbbbbbb', 'canary', 3, 1, { 200: 2, 500: 1 }],
      ['aaaaaaaaaaaa', 'stable-1', 0, 0, {}],
      ['aaaaaaaaaaaa', 'stable-2', 1, 0, { 200: 1 }],
    ])
    // The names that a team declares, summed over the labels that Holdfast does not know.
    const own = {
      labels: { ...labels, code: 'status' },
      counters: { requests: 'http_requests_total', errors: '5xx', unit: 's' as const },
    }
    const declared = await read(own)
    expect(declared.atAnswers).to.equal(true)
    expect(short(declared)[0]).to.deep.equal(['bbbbbbbbbbbb', 'canary', 5, 1, { 200: 4, 503: 1 }])
  })

  it('begin anew with another replica when a pod is restarted', async () => {
    const { read, pod, ask, restarts } = await opened()
    await pod('stable-1', 'aaaaaaaaaaaa')
    await ask('stable-1', '/200')
    const [before] = (await read()).replicas
    await ask('stable-1', '/end').catch(() => null)
    await until('the pod is ready again', async () => (await restarts('stable-1')) === 1, 100_000)
    const [after] = (await read()).replicas
    expect([before?.requests, after?.requests]).to.deep.equal([1, 0])
    expect(after?.replica).to.not.equal(before?.replica)
  })

  it('of a revision are missing, with the reason, when one of its pods cannot be read; the other revision has its own', async () => {
    const { read, pod } = await opened()
    await Promise.all([
      pod('stable-1', 'aaaaaaaaaaaa'),
      pod('canary-1', 'bbbbbbbbbbbb'),
      pod('canary-2', 'bbbbbbbbbbbb', { SAYS: 'holdfast_requests_total many\n' }),
    ])
    const counters = await read()
    expect(short(counters).map(([revision]) => revision)).to.deep.equal(['aaaaaaaaaaaa'])
    expect(counters.missing).to.deep.equal([
      { revision: 'bbbbbbbbbbbb', why: 'pod canary-2: not a value: holdfast_requests_total many' },
    ])
    const why = async (of: Partial<PodMetricsConfig>) =>
      (await read(of)).missing?.find(({ revision }) => revision === 'aaaaaaaaaaaa')?.why
    expect(await why({ path: '/long' })).to.equal('pod stable-1 answers more than 1048576 characters')
    expect(await why({ port: 8081 })).to.match(/^pod stable-1 answers 50\d at \/metrics$/)
    const own = { counters: { requests: 'nothing_total', errors: '5xx', unit: 's' as const } }
    expect(await why(own)).to.equal('no series of nothing_total')
  })

  it('are a failure when the pods cannot be listed', async () => {
    const { read } = await opened()
    const failed = await readPods(plane.nobody, { namespace: 'default', port: 1, path: '/metrics', labels }, wanted).catch(
      (error: unknown) => error,
    )
    expect(isProblem(failed, 'metrics-unavailable')).to.equal(true)
    expect((await read()).replicas).to.deep.equal([])
  })
})
