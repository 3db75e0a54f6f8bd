/** Traefik as the cluster's gateway: it serves HTTPRoutes, and Ingresses of the class `nginx` with the annotations of canaries. */
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { traefik } from '../../../ops/components/traefik.ts'
import { addresses } from '../cluster-home.ts'
import { applyObjects, kubectl } from '../kubectl.ts'
import { kubeconfigOf } from '../kubeconfig.ts'
import { forwardPart, listening, start, startUntil } from '../start-part.ts'
import type { Addition } from './addition.ts'
import { gatewayName, gatewayObjects } from './gateway-objects.ts'

/** Only the cluster's own network reaches it: ping and Traefik's metrics. */
const adminPort = 8_099
const withinS = 60

/** A Gateway's listeners have the ports of Traefik's entry points. */
const options: readonly string[] = [
  '--global.checknewversion=false',
  '--global.sendanonymoususage=false',
  '--log.level=INFO',
  // Traefik passes a change on at once. By default it waits up to two seconds for more of them.
  '--providers.providersthrottleduration=0s',
  `--entrypoints.web.address=:${addresses.gatewayPort}`,
  `--entrypoints.traefik.address=${addresses.node}:${adminPort}`,
  '--ping=true',
  '--metrics.prometheus=true',
  '--metrics.prometheus.addrouterslabels=true',
  '--metrics.prometheus.addserviceslabels=true',
  '--providers.kubernetesgateway=true',
  `--providers.kubernetesgateway.statusaddress.ip=${addresses.node}`,
  '--providers.kubernetesingressnginx=true',
  '--providers.kubernetesingressnginx.httpentrypoint=web',
]

export const addGateway: Addition = async (cluster, env, say) => {
  const { home } = cluster
  const { path } = await traefik.find(env, say)
  await applyObjects(cluster, 'gateway', gatewayObjects)
  const listener = await listening()
  const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`
  start(home, forwardPart('gateway', addresses.node, addresses.gatewayPort), listener)
  const variables = { KUBECONFIG: kubeconfigOf(home.folder, 'gateway') }
  await startUntil(home, { name: 'traefik', command: path, args: options, variables }, () => isServed(url), withinS * 1_000)
  const { namespace, name } = gatewayName
  await kubectl(cluster, ['wait', '-n', namespace, '--for=condition=Programmed', `gateway/${name}`, `--timeout=${withinS}s`])
  await writeFile(urlFile(home.folder), url)
}

/** The gateway's URL outside of the cluster's network. */
export const gatewayUrl = (folder: string): string => readFileSync(urlFile(folder), 'utf8')

const urlFile = (folder: string): string => join(folder, 'gateway.url')

/** Any answer is Traefik's: it says 404 where no route fits. */
const isServed = (url: string): Promise<boolean> =>
  fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    () => true,
    () => false,
  )
