/**
 * How components are found: first by their setting, then on PATH by their version, then in our cache; otherwise the error names the ways
 * to get them.
 */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { isProblem } from '../../../domain/problem.ts'
import { etcd } from '../../../ops/components/etcd.ts'
import { clusterComponents, components, furtherComponents } from '../../../ops/components/index.ts'
import { gatewayApi } from '../../../ops/components/gateway-api.ts'
import { kubernetes } from '../../../ops/components/kubernetes.ts'
import { metricsServer } from '../../../ops/components/metrics-server.ts'
import { nft } from '../../../ops/components/nft.ts'
import { postgres } from '../../../ops/components/postgres.ts'
import { prometheus } from '../../../ops/components/prometheus.ts'
import { temporal } from '../../../ops/components/temporal.ts'
import { traefik } from '../../../ops/components/traefik.ts'

const release = 'temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)'

describe("Temporal's dev server", () => {
  it('is taken from its setting, with any version', async () => {
    await using scratch = await createScratch({ 'bin/named': 'temporal version 1.6.2 (Server 1.30.0)', 'bin/temporal': release })
    const found = await temporal.find({ ...scratch.env, HOLDFAST_TEMPORAL_CLI: join(scratch.folder, 'bin/named') }, () => {})
    expect(found).to.include({ from: 'environment', path: join(scratch.folder, 'bin/named') })
  })

  it('is taken from PATH when it is the pinned version, and another program of that name is skipped', async () => {
    await using scratch = await createScratch({ 'bin/temporal': 'temporal, a calendar', 'other/temporal': release })
    expect(await temporal.find(scratch.env, () => {})).to.include({ from: 'path', path: join(scratch.folder, 'other/temporal') })
  })

  it('is taken from the cache without the network or Go', async () => {
    await using scratch = await createScratch({ 'cache/temporal-1.5.1': release })
    expect(await temporal.find(scratch.env, () => {})).to.include({ from: 'cache', version: '1.5.1' })
  })
})

describe('the programs of Kubernetes', () => {
  const programs = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'kubectl']
  const all = (folder: string, says: string) => Object.fromEntries(programs.map((program) => [`${folder}/${program}`, says]))

  it('are taken from PATH only where all of them are there, in a version that is new enough', async () => {
    const whole = all('other', 'Kubernetes v1.35.9')
    await using scratch = await createScratch({ 'bin/kube-apiserver': 'Kubernetes v1.35.9', ...whole })
    expect(await kubernetes.find(scratch.env, () => {})).to.include({ from: 'path', path: join(scratch.folder, 'other') })
  })

  it('are passed over on PATH where they are too old, and taken from the cache', async () => {
    const cached = all('cache/kubernetes-1.35.4', 'Kubernetes v1.35.4')
    await using scratch = await createScratch({ ...all('bin', 'Kubernetes v1.28.3'), ...cached })
    expect(await kubernetes.find(scratch.env, () => {})).to.include({ from: 'cache' })
  })

  it("come with etcd, which is told from Debian's older one", async () => {
    const [old, pinned] = ['etcd Version: 3.4.23', 'etcd Version: 3.6.7']
    await using scratch = await createScratch({ 'bin/etcd': old, 'cache/etcd-3.6.7': pinned })
    expect(await etcd.find(scratch.env, () => {})).to.include({ from: 'cache' })
  })
})

describe('the types of the Gateway API', () => {
  const manifest = (version: string, channel: string) =>
    `gateway.networking.k8s.io/bundle-version: v${version} gateway.networking.k8s.io/channel: ${channel}`
  const file = 'gateway.networking.k8s.io_httproutes.yaml'

  it('are taken from the cache in the pinned version, without the network or Go', async () => {
    await using scratch = await createScratch({ [`cache/gateway-api-1.6.1/${file}`]: manifest('1.6.1', 'standard') })
    expect(await gatewayApi.find(scratch.env, () => {})).to.include({ from: 'cache', version: '1.6.1' })
  })

  it('are taken from their setting in another version, but not from the experimental channel', async () => {
    const [good, other] = [manifest('1.7.0', 'standard'), manifest('1.6.1', 'experimental')]
    await using scratch = await createScratch({ [`bin/${file}`]: good, [`other/${file}`]: other })
    const find = (folder: string) =>
      gatewayApi.find({ ...scratch.env, HOLDFAST_GATEWAY_API: join(scratch.folder, folder) }, () => {})
    expect(await find('bin')).to.include({ from: 'environment' })
    const error = await find('other').catch((failure: unknown) => failure)
    expect(isProblem(error, 'component-missing') && error.hint).to.match(/which has no .*httproutes.yaml of the standard channel/)
  })
})

describe('Traefik', () => {
  const says = (version: string) => `Version:      ${version}\nCodename:     cheddar`

  it('is passed over on PATH where it ignores the annotations of canaries, and taken from the cache', async () => {
    await using scratch = await createScratch({ 'bin/traefik': says('3.6.0'), 'cache/traefik-3.7.13': says('3.7.13') })
    expect(await traefik.find(scratch.env, () => {})).to.include({ from: 'cache', version: '3.7.13' })
  })
})

describe('a component of the system', () => {
  it('differs from another program of that name, and from one that is too old', async () => {
    await using scratch = await createScratch({
      'bin/prometheus': 'prometheus, version 1.8.2',
      'other/prometheus': 'prometheus, version 2.42.0+ds',
    })
    expect(await prometheus.find(scratch.env, () => {})).to.include({ from: 'path', version: '2.42.0' })
  })

  it('that is missing is an error that says how to get it', async () => {
    await using scratch = await createScratch({})
    const error = await prometheus.find(scratch.env, () => {}).catch((failure: unknown) => failure)
    expect(isProblem(error, 'component-missing') && error.hint).to.match(/apt-get install .*prometheus.*HOLDFAST_PROMETHEUS/)
  })
})

describe('a component with a wrong setting', () => {
  for (const { component, env } of [
    { component: temporal, env: { HOLDFAST_TEMPORAL_CLI: '/nowhere/temporal' } },
    { component: postgres, env: { HOLDFAST_POSTGRES_BIN: '/nowhere' } },
    { component: kubernetes, env: { HOLDFAST_KUBERNETES_BIN: '/nowhere' } },
    { component: etcd, env: { HOLDFAST_ETCD: '/nowhere/etcd' } },
    { component: nft, env: { HOLDFAST_NFT: '/nowhere/nft' } },
    { component: gatewayApi, env: { HOLDFAST_GATEWAY_API: '/nowhere' } },
    { component: metricsServer, env: { HOLDFAST_METRICS_SERVER: '/nowhere/metrics-server' } },
    { component: traefik, env: { HOLDFAST_TRAEFIK: '/nowhere/traefik' } },
  ])
    it(`is an error that names the setting of ${component.name}`, async () => {
      const error = await component.find(env, () => {}).catch((failure: unknown) => failure)
      expect(isProblem(error, 'component-missing') && error.hint).to.match(/HOLDFAST_[A-Z_]+ is \/nowhere/)
    })
})

describe('the components', () => {
  it('each have a unique name and a pinned version', () => {
    const all = [...components, ...furtherComponents, ...clusterComponents]
    expect(new Set(all.map(({ name }) => name)).size).to.equal(all.length)
    for (const { version } of all) expect(version).to.match(/^\d+(\.\d+)+/)
  })
})

/** Programs that only print their version: `file` -> the output of `--version`. */
async function createScratch(programs: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-find-'))
  for (const name of ['bin', 'other', 'cache']) await mkdir(join(folder, name))
  for (const [file, says] of Object.entries(programs)) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), `#!/bin/sh\necho '${says}'\n`)
    await chmod(join(folder, file), 0o700)
  }
  return {
    folder,
    env: { PATH: `${join(folder, 'bin')}:${join(folder, 'other')}`, HOLDFAST_CACHE: join(folder, 'cache') },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
