/**
 * What the weighted proxy costs: its throughput against a bare `node:http` proxy of the same shape, and its latency at half load. Rounds
 * alternate, so that both meet the same load of the machine, and figures are medians of rounds. The ratio of processor time per request is
 * steadier: with few cores, the ratio of throughput also contains the cost of backend and load.
 */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Bench } from './bench.ts'
import type { LoadReport } from '../cli/traffic/load.ts'
import type { Role, Task } from './proxy-roles.ts'

const rounds = 5
const forMs = 4_000
/** Each round opens new connections. Opening 256 at once made up most of the slowest 1 % for every proxy, so it is not measured. */
const warmUpMs = 1_000
const promise = { throughputRatio: 0.6, addedP99Ms: 2 }
/** If even the backend alone is slower than this, other programs use the processors, and latencies say nothing about a proxy. */
const quietP99Ms = 10

interface Child extends Disposable {
  readonly process: ChildProcess
  readonly url: string
  readonly port: number
}

interface Round {
  readonly rps: number
  readonly cpuMicros: number
  readonly p99Ms: number
  /** Failures by reason. `not-sent` means that the load process itself did not send the request. */
  readonly reasons: Readonly<Record<string, number>>
}

export const bench: Bench = {
  name: 'proxy',
  title: 'weighted proxy against a bare node:http proxy',
  async run() {
    using backend = await start('backend')
    using bare = await start('bare', backend.port)
    using holdfast = await start('holdfast', backend.port)
    using load = await start('load')
    for (const child of [bare, holdfast]) await measure(load, child, { connections: 64 }, 2_000)

    const full = await alternate(load, [bare, holdfast], { connections: 64 })
    const [bareFull, ourFull] = [full[0] ?? [], full[1] ?? []]
    const halfRps = Math.round(median(ourFull.map(({ rps }) => rps)) / 2)
    const half = await alternate(load, [backend, bare, holdfast], { rps: halfRps })
    const [direct, bareHalf, ourHalf] = [half[0] ?? [], half[1] ?? [], half[2] ?? []]
    const p99 = (of: readonly Round[]) => median(of.map(({ p99Ms }) => p99Ms))
    const ratio = median(ourFull.map(({ rps }, round) => rps / (bareFull[round]?.rps ?? Number.NaN)))
    const cpuRatio = median(bareFull.map(({ cpuMicros }, round) => cpuMicros / (ourFull[round]?.cpuMicros ?? Number.NaN)))
    const addedP99Ms = median(ourHalf.map(({ p99Ms }, round) => p99Ms - (bareHalf[round]?.p99Ms ?? Number.NaN)))
    const failures = {
      none: reasonsOf(direct),
      bare: reasonsOf([...bareFull, ...bareHalf]),
      holdfast: reasonsOf([...ourFull, ...ourHalf]),
    }
    const quiet = p99(direct) <= quietP99Ms
    const row = (name: string, at: readonly Round[], halved: readonly Round[]) => [
      name,
      at.length > 0 ? Math.round(median(at.map(({ rps }) => rps))) : '-',
      at.length > 0 ? Math.round(median(at.map(({ cpuMicros }) => cpuMicros))) : '-',
      p99(halved).toFixed(2),
    ]
    const latency = quiet ? `p99 ${addedP99Ms.toFixed(2)} ms above bare at half load` : 'latency unknown: the machine is busy'
    return {
      title: `throughput ${ratio.toFixed(2)}x of bare, processor time ${cpuRatio.toFixed(2)}x, ${latency}, failures ${JSON.stringify(failures)}`,
      columns: ['proxy', 'requests/s', 'cpu us/request', `p99 ms at ${halfRps}/s`],
      rows: [row('none', [], direct), row('bare', bareFull, bareHalf), row('holdfast', ourFull, ourHalf)],
      json: { ratio, cpuRatio, addedP99Ms, directP99Ms: p99(direct), ourP99Ms: p99(ourHalf), halfRps, failures, quiet, promise },
    }
  },
}

function reasonsOf(rounds: readonly Round[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { reasons } of rounds)
    for (const [reason, count] of Object.entries(reasons)) sums[reason] = (sums[reason] ?? 0) + count
  return sums
}

/** Runs rounds of each child in turn; the order rotates too. */
async function alternate(load: Child, children: readonly Child[], what: Pick<Task, 'rps' | 'connections'>): Promise<Round[][]> {
  const results: Round[][] = children.map(() => [])
  for (let round = 0; round < rounds; round++)
    for (let offset = 0; offset < children.length; offset++) {
      const at = (round + offset) % children.length
      const child = children[at]
      if (child) results[at]?.push(await measure(load, child, what, forMs))
    }
  return results
}

async function measure(load: Child, child: Child, what: Pick<Task, 'rps' | 'connections'>, lastsMs: number): Promise<Round> {
  const before = await cpu(child)
  const report = (await ask(load.process, { url: child.url, forMs: lastsMs, warmUpMs, ...what } satisfies Task)) as LoadReport &
    Pick<Round, 'reasons'>
  const cpuMicros = ((await cpu(child)) - before) / report.requests
  const seconds = (report.endedAtMs - report.startedAtMs) / 1_000
  return { rps: report.requests / seconds, cpuMicros, p99Ms: report.p99Ms, reasons: report.reasons }
}

async function cpu({ process }: Child): Promise<number> {
  const { user, system } = (await ask(process, {})) as NodeJS.CpuUsage
  return user + system
}

async function ask(process: ChildProcess, message: object): Promise<unknown> {
  const answer = once(process, 'message')
  process.send(message)
  return (await answer)[0]
}

async function start(role: Role, backendPort = 0): Promise<Child> {
  const child = fork(fileURLToPath(new URL('./proxy-roles.ts', import.meta.url)), [role, String(backendPort)])
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  return { process: child, port, url: `http://127.0.0.1:${port}/`, [Symbol.dispose]: () => void child.kill() }
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
