/**
 * The memory of `npm start` with its demo, and whether it grows. For an hour it releases the demo's service again and again, a good
 * version and a bad one in turn, under the demo's own traffic. `npm run bench -- memory MINUTES` takes another time and scales the marks.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../adapters/free-port.ts'
import { ApiProblem } from '../cli/api-problem.ts'
import type { Client } from '../cli/client.ts'
import { createDemoArtifact, demoService, nextDemoVersion } from '../cli/demo.ts'
import { ReleaseAnswer, StartedAnswer, listOf, read } from '../cli/api-answers.ts'
import { endAll } from '../test/stack/at-end.ts'
import { createRunFolder } from '../test/stack/run-folder.ts'
import { until } from '../test/stack/until.ts'
import type { Bench } from './bench.ts'
import { leftOf, startKillsStack } from './kills-stack.ts'
import type { Memory } from './process-memory.ts'
import { memoryByPart, slopePerHour } from './process-memory.ts'

const promisedMiB = 1.3 * 1024
const sampleEveryMs = 5_000
/** Shares of the time at which the table shows the memory: minutes 10, 30 and 60 of an hour. The slope starts at the first mark. */
const marks = [1 / 6, 1 / 2, 1] as const
const releaseWithinMs = 240_000

interface Sample {
  readonly atMs: number
  readonly memory: Memory
}

export const bench: Bench = {
  name: 'memory',
  title: 'memory of npm start with the demo released again and again: PSS in MiB',
  async run([minutesText = '60'] = []) {
    const minutes = Number(minutesText)
    if (!(minutes >= 1 && minutes <= 600)) throw new TypeError('memory MINUTES: a number from 1 to 600')
    const folder = await createRunFolder('memory')
    try {
      const { samples, outcomes } = await measured(folder, minutes * 60_000)
      const left = leftOf(folder)
      const at = marks.map((mark) => `${Math.round(mark * minutes * 10) / 10} min`)
      const title = `${this.title}; ${sentence(outcomes)}${left.length > 0 ? `; LEFT: ${left.join('; ')}` : ''}`
      const json = {
        samples: samples.map(({ atMs, memory }) => ({ atMs, ...Object.fromEntries(memory) })),
        outcomes,
        promisedMiB,
      }
      return { title, columns: ['part', ...at, 'slope per hour'], rows: rowsOf(samples, minutes * 60_000), json }
    } finally {
      await endAll()
    }
  },
}

async function measured(folder: string, forMs: number) {
  await using stack = await startKillsStack(folder, await freePort(), [])
  const startedAtMs = performance.now()
  const ending = AbortSignal.timeout(forMs)
  const outcomes: string[] = []
  const releasing = releaseUntil(stack.client, `${folder}/home`, outcomes, ending)
  // A failure ends the bench at the next sample, and not after an hour that measured nothing.
  const failed = releasing.then(
    () => new Promise<never>(() => {}),
    (error: unknown) => Promise.reject(error),
  )
  failed.catch(() => {})
  const samples: Sample[] = []
  const home = `${folder}/home`
  while (performance.now() - startedAtMs < forMs) {
    await Promise.race([pause(sampleEveryMs), failed])
    const memory = memoryByPart(stack.pidOf('starter', '') ?? 0, [
      home,
      `${home}/postgres`,
      `${home}/temporal`,
      `${home}/runtime`,
    ])
    samples.push({ atMs: performance.now() - startedAtMs, memory })
  }
  await releasing
  return { samples, outcomes }
}

/** Every other version fails 5 % of its answers. `npm start` itself releases the first three. */
async function releaseUntil(client: Client, home: string, outcomes: string[], ending: AbortSignal): Promise<void> {
  const path = `/v1/services/${demoService}/releases`
  const list = async () => {
    const { json } = await client.call({ method: 'GET', path: '/v1/releases', query: { service: demoService, limit: 200 } })
    return read(listOf(ReleaseAnswer), json).items
  }
  await until('the demo declares its service', () => list().then(Boolean, isAbsent))
  const isOver = (releases: readonly ReleaseAnswer[], version: string) =>
    releases.find((each) => each.version === version)?.outcome
  const over = async (version: string) => {
    const seen = await until(
      `the end of ${version}`,
      async () => {
        await pause(500)
        return ending.aborted ? 'time is over' : isOver(await list(), version)
      },
      releaseWithinMs,
    )
    if (!ending.aborted) outcomes.push(seen)
  }
  for (const version of ['1.0.0', '1.1.0', '1.2.0']) await over(version)
  for (let isGood = true; !ending.aborted; isGood = !isGood) {
    const version = nextDemoVersion((await list()).map((each) => each.version))
    const artifact = {
      path: await createDemoArtifact(home, version, isGood ? { mode: 'healthy' } : { mode: 'errors', rate: 0.05 }),
    }
    read(StartedAnswer, (await client.call({ method: 'POST', path, body: { version, artifact } })).json)
    await over(version)
  }
}

function isAbsent(error: unknown): false {
  if (error instanceof ApiProblem && error.code === 'not-found') return false
  throw error
}

function sentence(outcomes: readonly string[]): string {
  const counts = Object.entries(Object.groupBy(outcomes, (outcome) => outcome))
  return `${outcomes.length} releases: ${counts.map(([outcome, all]) => `${all?.length} ${outcome}`).join(', ')}`
}

function rowsOf(samples: readonly Sample[], forMs: number): (string | number)[][] {
  const parts = [...new Set(samples.flatMap(({ memory }) => [...memory.keys()]))].toSorted()
  const row = (name: string, of: (memory: Memory) => number): (string | number)[] => {
    const at = marks.map((mark) => samples.findLast(({ atMs }) => atMs <= mark * forMs + sampleEveryMs) ?? samples[0])
    const later = samples.filter(({ atMs }) => atMs >= marks[0] * forMs)
    const slope = slopePerHour(later.map(({ atMs, memory }) => ({ atMs, value: of(memory) / 1024 })))
    return [name, ...at.map((sample) => Math.round(sample ? of(sample.memory) / 1024 : 0)), Math.round(slope)]
  }
  const sum = (memory: Memory) => [...memory.values()].reduce((all, each) => all + each, 0)
  return [...parts.map((part) => row(part, (memory) => memory.get(part) ?? 0)), row('all', sum)]
}
