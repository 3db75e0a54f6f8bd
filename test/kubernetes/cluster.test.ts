/** The cluster that Kubernetes' tests run on: it is a real one, several run side by side, and ending one leaves nothing of it. */
import { execFile, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { startTime } from '../../adapters/process/process-table.ts'
import { run } from '../../ops/components/component.ts'
import { ask } from '../cluster/api-server.ts'
import { down } from '../cluster/down.ts'
import { bootCluster } from '../cluster/for-tests.ts'
import { inside, networksOf } from '../cluster/network.ts'
import { addresses, homeOf, nodeName } from '../cluster/cluster-home.ts'
import { kubeconfigOf } from '../cluster/kubeconfig.ts'
import { apiServerOf, statusOf } from '../cluster/status.ts'
import type { Cluster } from '../cluster/up.ts'
import { orLeaveOut } from '../left-out.ts'
import { until } from '../stack/until.ts'

const main = join(import.meta.dirname, '../cluster/main.ts')
const command = promisify(execFile)
const minutes = 60_000

describe('a cluster of processes', () => {
  let folder = ''
  let cluster: Cluster
  const clusters = () => join(folder, 'clusters')

  before(async function () {
    this.timeout(4 * minutes)
    folder = await mkdtemp(join(tmpdir(), 'holdfast-clusters-'))
    cluster = await orLeaveOut(this, bootCluster('first'))
  })
  after(async function () {
    this.timeout(2 * minutes)
    if (cluster) await down(cluster.home)
    await down(homeOf(clusters(), 'killed'))
    await rm(folder, { recursive: true, force: true })
  })

  it('is ready, and all of its parts run', async () => {
    const { isUp, lines } = await statusOf(cluster.home)
    expect(lines.filter((line) => line.endsWith('ended'))).to.deep.equal([])
    expect(isUp).to.equal(true)
    expect((await ask(cluster.api, '/version')).body).to.match(/"gitVersion": "v1\.\d+\.\d+"/)
  })

  it('refuses a field that no schema has', async () => {
    const account = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'strict' }, dat: {} }
    const path = '/api/v1/namespaces/default/configmaps?fieldValidation=Strict'
    const answer = await ask(cluster.api, path, JSON.stringify(account))
    expect(answer.status).to.equal(400)
    expect(answer.body).to.include('unknown field \\"dat\\"')
  })

  it('has a certificate that only its own authority vouches for, and recognizes users by their tokens', async () => {
    expect((await ask({ ...cluster.api, token: 'guessed' }, '/api')).status).to.equal(401)
    const reached = new Promise((resolve) => {
      request(cluster.api.url, () => resolve('trusted'))
        .once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
        .end()
    })
    expect(await reached).to.equal('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
  })

  it('gives its node an identity that reads and changes what is its own', async () => {
    const file = readFileSync(kubeconfigOf(cluster.home.folder, 'node'), 'utf8')
    const { users } = JSON.parse(file) as { readonly users: readonly { readonly user: { readonly token: string } }[] }
    const node = { ...cluster.api, token: users[0]?.user.token ?? '' }
    const statusAt = async (path: string, body?: object) => (await ask(node, path, body && JSON.stringify(body))).status
    expect(await statusAt(`/api/v1/nodes/${nodeName}`)).to.equal(200)
    expect(await statusAt('/api/v1/secrets')).to.equal(403)
    expect(await statusAt('/api/v1/namespaces/default/configmaps', { metadata: { name: 'of-a-node' } })).to.equal(403)
    const other = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-of-another' } }
    expect(await statusAt('/api/v1/nodes', other)).to.equal(403)
  })

  it('routes a request to a Service to its endpoints', async function () {
    this.timeout(2 * minutes)
    const server = `require('node:http').createServer((_, answer) => answer.end('behind the Service')).listen(8080, '${addresses.node}', () => console.log('up'))`
    const within = inside(cluster.home.network, process.execPath, ['-e', server])
    const child = spawn(within.command, within.args, { stdio: 'ignore', detached: true })
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { ports: [{ port: 80, targetPort: 8080 }] },
    }
    const made = await post('/api/v1/namespaces/default/services', service)
    const slice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [addresses.node], conditions: { ready: true } }],
      ports: [{ port: 8080, protocol: 'TCP' }],
    }
    await post('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', slice)
    const address = (JSON.parse(made) as { spec: { clusterIP: string } }).spec.clusterIP
    const asking = `fetch('http://${address}/', { signal: AbortSignal.timeout(1000) }).then((answer) => answer.text()).then(console.log)`
    const asked = inside(cluster.home.network, process.execPath, ['-e', asking])
    const answered = () =>
      run(asked.command, asked.args).then(
        ({ stdout }) => stdout,
        () => undefined,
      )
    expect(await until('an answer', answered, minutes)).to.equal('behind the Service\n')
    child.kill('SIGKILL')
  })

  it('runs beside another cluster, which shares nothing with it and leaves nothing when it has ended', async function () {
    this.timeout(5 * minutes)
    const second = await bootCluster('second')
    const path = '/api/v1/namespaces/default/configmaps'
    await post(path, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'only-first' } })
    expect((await ask(cluster.api, `${path}/only-first`)).status).to.equal(200)
    expect((await ask(second.api, `${path}/only-first`)).status).to.equal(404)
    const pids = await pidsOf(second.home.folder)
    expect(pids.length).to.be.greaterThan(5)
    await down(second.home)
    expect(await left(second.home.folder, second.home.network, pids)).to.deep.equal([])
    expect((await statusOf(cluster.home)).isUp).to.equal(true)
  })

  it('whose starter was killed half-way is ended by the next call of down', async function () {
    this.timeout(5 * minutes)
    const home = homeOf(clusters(), 'killed')
    const env = { ...process.env, HOLDFAST_HOME: folder }
    const starter = spawn(process.execPath, [main, 'up', 'killed'], { env, stdio: 'ignore' })
    const api = join(home.folder, 'kube-apiserver.pid')
    try {
      await until('the API server is started', () => existsSync(api), 2 * minutes)
    } finally {
      starter.kill('SIGKILL')
    }
    const pids = await pidsOf(home.folder)
    expect(pids.map((pid) => startTime(pid)).filter(Boolean)).to.have.length(pids.length)
    const { stdout } = await command(process.execPath, [main, 'down', 'killed'], { env })
    expect(stdout).to.equal('cluster killed is down\n')
    expect(await left(home.folder, home.network, pids)).to.deep.equal([])
    expect(apiServerOf(home.folder)).to.equal(undefined)
  })

  async function post(path: string, object: object): Promise<string> {
    const { status, body } = await ask(cluster.api, path, JSON.stringify(object))
    expect(status, body).to.equal(201)
    return body
  }
})

async function pidsOf(folder: string): Promise<readonly number[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.pid'))
  return files.map((file) => (JSON.parse(readFileSync(join(folder, file), 'utf8')) as { pid: number }).pid)
}

/** The files, networks and processes of a cluster that are left. */
async function left(folder: string, network: string, pids: readonly number[]): Promise<readonly string[]> {
  const running = pids.filter((pid) => startTime(pid) !== '').map((pid) => `process ${pid}`)
  return [...(existsSync(folder) ? [folder] : []), ...(await networksOf(network)), ...running]
}
