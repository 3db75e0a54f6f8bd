/** `npm run cluster -- up | down | status | shell [NAME]`: a Kubernetes cluster of processes on this machine, for tests and for trying things out. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { gatewayUrl } from './additions/gateway.ts'
import { gatewayName } from './additions/gateway-objects.ts'
import { additions, allAdditions } from './additions/index.ts'
import { clustersFolder, homeOf } from './cluster-home.ts'
import type { ClusterHome } from './cluster-home.ts'
import { down, isThere } from './down.ts'
import { inside } from './network.ts'
import { statusOf } from './status.ts'
import { up } from './up.ts'
import { kubernetes } from '../../ops/components/kubernetes.ts'
import { isProblem } from '../../domain/problem.ts'

const print = (line: string): void => void process.stdout.write(`${line}\n`)

/** Each verb answers with the exit code. */
const verbs: Readonly<Record<string, (home: ClusterHome) => Promise<number>>> = {
  async up(home) {
    const startedAt = performance.now()
    const cluster = await up(home, process.env, print)
    const { api, kubeconfig, programs } = cluster
    for (const name of allAdditions) await additions[name](cluster, process.env, print)
    print(`cluster ${home.name} is up at ${api.url} after ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`)
    print(
      `  its gateway is at ${gatewayUrl(home.folder)}: HTTPRoutes name ${gatewayName.namespace}/${gatewayName.name} as their parent`,
    )
    print(`  export KUBECONFIG=${kubeconfig} PATH=${programs}:$PATH`)
    return 0
  },
  async down(home) {
    const was = await isThere(home)
    await down(home)
    print(was ? `cluster ${home.name} is down` : `there is no cluster ${home.name}`)
    return 0
  },
  async status(home) {
    const { isUp, lines } = await statusOf(home)
    for (const line of lines) print(line)
    return isUp ? 0 : 1
  },
  async shell(home) {
    if (!(await statusOf(home)).isUp) {
      print(`cluster ${home.name} is not up: 'npm run cluster -- up ${home.name}'`)
      return 1
    }
    const { path } = await kubernetes.find(process.env, print)
    // The shell runs inside the cluster's network, so that it also reaches pods and Services.
    const { command, args } = inside(home.network, process.env['SHELL'] ?? '/bin/sh', [])
    const env = { ...process.env, KUBECONFIG: join(home.folder, 'admin.kubeconfig'), PATH: `${path}:${process.env['PATH']}` }
    const [code] = (await once(spawn(command, args, { env, stdio: 'inherit' }), 'exit')) as [number | null]
    return code ?? 1
  },
}

const [what = '', name = 'default', ...more] = process.argv.slice(2)
const verb = Object.hasOwn(verbs, what) ? verbs[what] : undefined
if (verb === undefined || more.length > 0) {
  print(`usage: npm run cluster -- ${Object.keys(verbs).join(' | ')} [NAME]`)
  process.exitCode = 2
} else {
  try {
    process.exitCode = await verb(homeOf(clustersFolder(process.env), name))
  } catch (error) {
    if (!isProblem(error)) throw error
    print(`${error.message}${error.hint ? `\n  ${error.hint}` : ''}`)
    process.exitCode = 1
  }
}
