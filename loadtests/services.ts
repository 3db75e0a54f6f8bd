/**
 * The memory of many services: a hundred environments in one local runtime, each with one real process behind a proxy in its own
 * thread.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localTarget } from '../adapters/target/local.ts'
import type { FencingToken } from '../domain/queue/fencing-token.ts'
import type { TestRuntime } from '../test/stack/runtime.ts'
import { startRuntime } from '../test/stack/runtime.ts'
import { until } from '../test/stack/until.ts'
import type { Bench } from './bench.ts'

const services = 100
/** The number of services that start together. */
const atOnce = 5
const service = `require('node:http').createServer((request, response) => response.end('ok')).listen(process.env.PORT, process.env.HOST)`
const fencingToken = (step: number): FencingToken => ({ workflowId: 'bench', token: 1, step })

export const bench: Bench = {
  name: 'services',
  title: `memory of one local runtime with ${services} services`,
  async run() {
    await using runtime = await startRuntime()
    const digest = await importService(runtime)
    const { pid } = JSON.parse(readFileSync(join(runtime.home, 'runtime.pid'), 'utf8')) as { readonly pid: number }
    const before = memoryOf(pid)
    const startedAtMs = performance.now()
    for (let from = 0; from < services; from += atOnce)
      await Promise.all(Array.from({ length: atOnce }, (_, index) => open(runtime, `bench-${from + index}`, digest)))
    const tookMs = Math.round(performance.now() - startedAtMs)
    const after = memoryOf(pid)
    const mb = (kb: number) => Math.round(kb / 102.4) / 10
    const each = { pssKb: (after.pssKb - before.pssKb) / services, rssKb: (after.rssKb - before.rssKb) / services }
    const rows = [
      ['runtime without services', before.threads, mb(before.pssKb), mb(before.rssKb)],
      [`runtime with ${services}`, after.threads, mb(after.pssKb), mb(after.rssKb)],
      ['each service: its proxy and its state', (after.threads - before.threads) / services, mb(each.pssKb), mb(each.rssKb)],
    ]
    return {
      title: this.title,
      columns: ['what', 'threads', 'PSS MB', 'RSS MB'],
      rows,
      json: { before, after, each, services, tookMs },
    }
  },
}

async function importService({ client }: TestRuntime): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'hf-bench-'))
  try {
    writeFileSync(join(folder, 'service.cjs'), service)
    return (await client.importArtifact(folder)).digest
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function open({ client }: TestRuntime, name: string, artifact: string): Promise<void> {
  const ref = { service: name, environment: 'production' }
  const { url } = await client.open(ref, { timeoutMs: 5_000, sticky: 'none', edgesMs: [100] }, fencingToken(1))
  const config = localTarget.config.parse({ command: [process.execPath, 'service.cjs'], health: { path: '/' }, grace: '1s' })
  await client.run(ref, { revision: 'r-1', version: '1', artifact, config }, 1, fencingToken(1))
  await until(`${name} to be ready`, async () => (await client.status(ref))[0]?.readyReplicas === 1, 60_000)
  await client.setWeights(ref, { 'r-1': 100 }, fencingToken(2), [])
  const { status } = await fetch(url)
  if (status !== 200) throw new Error(`${name} answered ${status}`)
}

/** Memory of the process with all its threads. */
function memoryOf(pid: number): { readonly pssKb: number; readonly rssKb: number; readonly threads: number } {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const of = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(text)?.[1] ?? 0)
  return { pssKb: of('Pss'), rssKb: of('Rss'), threads: readdirSync(`/proc/${pid}/task`).length }
}
