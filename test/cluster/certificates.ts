/** Makes the secrets of one cluster: certificates, the key of service accounts, and a token for each user. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../ops/components/component.ts'
import { addresses, nodeName } from './cluster-home.ts'

/** The users of the API server, with their names and groups. Kubernetes binds roles to those that begin with `system:`, additions to theirs. */
export const users = {
  admin: { user: 'admin', groups: ['system:masters'] },
  controllers: { user: 'system:kube-controller-manager', groups: [] },
  scheduler: { user: 'system:kube-scheduler', groups: [] },
  proxy: { user: 'system:kube-proxy', groups: [] },
  node: { user: `system:node:${nodeName}`, groups: ['system:nodes'] },
  gateway: { user: 'holdfast:gateway', groups: [] },
  metrics: { user: 'holdfast:metrics', groups: [] },
} as const satisfies Record<string, { readonly user: string; readonly groups: readonly string[] }>

export type User = keyof typeof users
export type Tokens = Readonly<Record<User, string>>

/** Writes into `folder`: ca, apiserver, front-ca, front (each .crt and .key), service-accounts (.key and .pub), and tokens.csv. */
export async function makeSecrets(folder: string): Promise<Tokens> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const names = [
    'localhost',
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
  ]
  const hosts = ['127.0.0.1', addresses.node, addresses.api]
  const alternatives = [...names.map((name) => `DNS:${name}`), ...hosts.map((host) => `IP:${host}`)]
  // The API server tells the servers behind it who its user is, and proves itself by a certificate of a second authority. With one
  // authority, everybody with a certificate could do that.
  await Promise.all([
    makeAuthority(folder, 'ca').then(() =>
      sign(folder, { name: 'apiserver', by: 'ca', extension: `subjectAltName=${alternatives.join(',')}` }),
    ),
    makeAuthority(folder, 'front-ca').then(() =>
      sign(folder, { name: 'front', by: 'front-ca', extension: 'extendedKeyUsage=clientAuth' }),
    ),
  ])
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  await keep(folder, 'service-accounts.pub', publicKey)
  await keep(folder, 'service-accounts.key', privateKey)
  return makeTokens(folder)
}

async function makeTokens(folder: string): Promise<Tokens> {
  const tokens = Object.fromEntries(Object.keys(users).map((name) => [name, randomBytes(24).toString('base64url')])) as Record<
    User,
    string
  >
  const lines = Object.entries(users).map(
    ([name, { user, groups }]) => `${tokens[name as User]},${user},${user},"${groups.join(',')}"\n`,
  )
  await keep(folder, 'tokens.csv', lines.join(''))
  return tokens
}

const keep = (folder: string, file: string, text: string) => writeFile(join(folder, file), text, { mode: 0o600 })

const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

async function makeAuthority(folder: string, name: string): Promise<void> {
  const files = ['-keyout', `${name}.key`, '-out', `${name}.crt`]
  await openssl(folder, ['req', '-x509', ...key, ...files, '-days', '30', '-subj', `/CN=${name}`])
}

interface Signing {
  readonly name: string
  readonly by: string
  readonly extension: string
}

async function sign(folder: string, { name, by, extension }: Signing): Promise<void> {
  const authority = ['-CA', `${by}.crt`, '-CAkey', `${by}.key`]
  const files = ['-keyout', `${name}.key`, '-out', `${name}.crt`]
  await openssl(folder, [
    'req',
    '-x509',
    ...authority,
    ...key,
    ...files,
    '-days',
    '30',
    '-subj',
    `/CN=${name}`,
    '-addext',
    extension,
    '-addext',
    'basicConstraints=CA:FALSE',
  ])
}

const openssl = (folder: string, args: readonly string[]) => run('openssl', [...args], { cwd: folder })
