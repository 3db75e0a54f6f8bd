import type { V1Volume } from '@kubernetes/client-node'
import { expect } from 'chai'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClusterObjects } from './cluster-objects.ts'
import { podOf } from './driven-pod.ts'
import { linkMounts, makeVolumes, within } from './volumes.ts'

const files = async (kind: string, name: string) => {
  if (name !== 'shop') throw new Error(`${kind} "${name}" not found`)
  return { host: Buffer.from(`${kind}-host`), port: Buffer.from('80') }
}
const objects: ClusterObjects = {
  of: () => ({ configMap: async () => ({}), secret: async () => ({}), files }),
  token: async () => 'a-token',
}

async function made(...volumes: V1Volume[]) {
  const folder = await mkdtemp(join(tmpdir(), 'volumes-'))
  const pod = podOf({ volumes }, {}, { metadata: { labels: { app: 'shop' } } })
  await makeVolumes(folder, pod, { podIP: '', hostIP: '' }, objects)
  return {
    folder,
    read: (path: string) => readFile(join(folder, path), 'utf8'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

const refusal = (volume: V1Volume): Promise<string> =>
  made(volume).then(
    () => 'none',
    (error: unknown) => (error as Error).message,
  )

describe('the volumes of a pod', () => {
  it('are files of ConfigMaps, Secrets, tokens and fields', async () => {
    const projected = {
      sources: [
        { serviceAccountToken: { path: 'token' } },
        { configMap: { name: 'shop', items: [{ key: 'host', path: 'ca/ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
      ],
    }
    await using volumes = await made(
      { name: 'config', configMap: { name: 'shop' } },
      { name: 'secret', secret: { secretName: 'shop' } },
      { name: 'all', projected },
      { name: 'tmp', emptyDir: {} },
    )
    expect(await volumes.read('config/host')).to.equal('configmap-host')
    expect(await volumes.read('secret/port')).to.equal('80')
    expect(await volumes.read('all/token')).to.equal('a-token')
    expect(await volumes.read('all/ca/ca.crt')).to.equal('configmap-host')
    expect(await volumes.read('all/labels')).to.equal('app="shop"')
    const root = join(volumes.folder, 'root')
    const volumeMounts = [
      { name: 'config', mountPath: '/etc/shop' },
      { name: 'secret', mountPath: '/run/port', subPath: 'port' },
    ]
    await linkMounts(root, volumes.folder, { name: 'app', volumeMounts })
    expect(await volumes.read('root/etc/shop/host')).to.equal('configmap-host')
    expect(await volumes.read('root/run/port')).to.equal('80')
  })

  it('that cannot be made are errors with the words of a kubelet', async () => {
    const failed = (name: string) => `MountVolume.SetUp failed for volume "${name}" : `
    expect(await refusal({ name: 'c', configMap: { name: 'gone' } })).to.equal(`${failed('c')}configmap "gone" not found`)
    const noKey = { name: 'shop', items: [{ key: 'user', path: 'user' }] }
    expect(await refusal({ name: 'c', configMap: noKey })).to.equal(`${failed('c')}references non-existent config key: user`)
    expect(await refusal({ name: 'h', hostPath: { path: '/etc' } })).to.include('has no hostPath volume')
    expect(await refusal({ name: 'o', configMap: { name: 'gone', optional: true } })).to.equal('none')
  })

  it('keep every path inside', () => {
    expect(within('/pod/root', '/etc/shop')).to.equal('/pod/root/etc/shop')
    for (const path of ['../x', 'a/../../x', '/..']) expect(() => within('/pod/root', path)).to.throw('leads out of its volume')
  })
})
