/**
 * The cluster of a run of tests. It is the one that HOLDFAST_TEST_KUBECONFIG names, or one that the first test boots and that ends with the
 * run.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Identity } from '../../ops/components/left-running.ts'
import { startTime } from '../../adapters/process/process-table.ts'
import { Problem } from '../../domain/problem.ts'
import { atEnd } from '../stack/at-end.ts'
import { gatewayUrl } from './additions/gateway.ts'
import { gatewayName } from './additions/gateway-objects.ts'
import type { AdditionName } from './additions/index.ts'
import { additions, allAdditions } from './additions/index.ts'
import { down } from './down.ts'
import { homeOf } from './cluster-home.ts'
import type { Cluster } from './up.ts'
import { up } from './up.ts'

/** Apart from the clusters of people. All runs share the folder, so that a run finds what a killed one left. */
const clusters = join(tmpdir(), 'holdfast-test-clusters')

let booted: Promise<Cluster> | undefined
/** What the run's cluster has, or is getting. */
const added = new Map<AdditionName, Promise<void>>()

/**
 * The kubeconfig that a person gives to the tests. It is not KUBECONFIG: a developer's shell often has one, of a cluster in which tests must make
 * nothing.
 */
export const givenKubeconfig = (): string | undefined => process.env['HOLDFAST_TEST_KUBECONFIG'] || undefined

export interface TestGateway {
  readonly kubeconfig: string
  /** Requests to it reach the cluster's routes, by their host. */
  readonly url: string
  /** What an HTTPRoute names as its parent. */
  readonly parent: { readonly namespace: string; readonly name: string }
}

/**
 * Path of the cluster's kubeconfig. All tests of a run share the cluster, so each test makes a namespace of its own. A cluster that a person gives
 * has what it has: nothing is added to it.
 * @param needed what the test needs beyond a control plane and a node
 */
export async function testKubeconfig(...needed: readonly AdditionName[]): Promise<string> {
  const given = givenKubeconfig()
  if (given) return given
  const cluster = await (booted ??= bootCluster('run'))
  for (const name of allAdditions.filter((each) => needed.includes(each))) {
    const adding = added.get(name) ?? additions[name](cluster, process.env, () => {})
    added.set(name, adding)
    await adding
  }
  return cluster.kubeconfig
}

/** @throws Problem component-missing where the cluster is one that a person gave: nobody knows its gateway */
export async function testGateway(): Promise<TestGateway> {
  if (givenKubeconfig()) throw new Problem('component-missing', 'the gateway of the cluster that was given is not known')
  const kubeconfig = await testKubeconfig('gateway-types', 'gateway')
  return { kubeconfig, url: gatewayUrl(dirname(kubeconfig)), parent: gatewayName }
}

/** A cluster of this run alone. It ends with the run, also where that is interrupted; where the run is killed, the next one ends it. */
export async function bootCluster(name: string): Promise<Cluster> {
  await endKilledRuns()
  const home = homeOf(clusters, `${name}-${process.pid}`)
  atEnd(() => down(home))
  return up(home, process.env, () => {}, process.pid)
}

async function endKilledRuns(): Promise<void> {
  for (const name of names(clusters)) if (!hasStarter(join(clusters, name))) await down(homeOf(clusters, name))
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Whether the starter of a cluster runs. True also when the folder names no starter yet, because another run may be making it. */
function hasStarter(folder: string): boolean {
  try {
    const { pid, startedAt } = JSON.parse(readFileSync(join(folder, 'starter.json'), 'utf8')) as Identity
    return startTime(pid) === startedAt
  } catch {
    return true
  }
}
