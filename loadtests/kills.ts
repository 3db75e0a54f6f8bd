/**
 * Kills two parts of the stack during a canary, a moment apart: every ordered pair of parts, in an order and with signals that a seed
 * decides. A good canary must be promoted, a canary that starts to fail at that instant must be reverted, and nothing may be left or lost.
 * It runs as many pairs as the time allows. `npm run bench -- kills SEED FROM` continues where an earlier run ended.
 */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { readConfig } from '../adapters/config.ts'
import { freePort } from '../adapters/free-port.ts'
import { endAll } from '../test/stack/at-end.ts'
import { createRunFolder } from '../test/stack/run-folder.ts'
import type { Bench } from './bench.ts'
import { seeded } from './fuzz-words.ts'
import { openShops } from './kills-shops.ts'
import type { KillsShops } from './kills-shops.ts'
import type { KillsStack, Part } from './kills-stack.ts'
import { leftOf, parts, startKillsStack } from './kills-stack.ts'

const { killsMinutes: minutes } = readConfig(process.env, ['killsMinutes'])
const haltMs = 10_000

/** `kill`: SIGKILL. `halt`: SIGSTOP, and SIGCONT after ten seconds. */
type How = 'kill' | 'halt'
interface Pair {
  readonly first: Part
  readonly second: Part
  readonly delayMs: number
  readonly how: readonly [How, How]
}

interface Round extends Pair {
  readonly number: number
  readonly good: string
  readonly bad: string
  /** From the first kill until the bad version has no weight. */
  readonly badForMs: number
  /** Failed requests to the good service, and to the bad service's stable version. Only the kills can cause them. */
  readonly failed: readonly [good: number, stable: number]
  readonly requests: number
  readonly broken: readonly string[]
}

export const bench: Bench = {
  name: 'kills',
  title: `two parts of the stack are killed during a canary, as many pairs as ${minutes} min allow`,
  async run([seedText = '1', fromText = '0'] = []) {
    const [seed, from] = [Number(seedText), Number(fromText)]
    if (!Number.isInteger(seed) || !Number.isInteger(from) || !(minutes > 0))
      throw new TypeError('kills SEED FROM: whole numbers')
    const pairs = pairsOf(seed)
    const until = Date.now() + minutes * 60_000
    const rounds: Round[] = []
    const folder = await createRunFolder('kills')
    try {
      {
        await using stack = await startKillsStack(folder, await freePort())
        await using shops = await openShops(stack)
        for (let number = from; number < pairs.length && Date.now() < until; number += 1) {
          const pair = pairs[number]
          if (!pair) break
          const round = await roundOf(stack, shops, pair, number)
          rounds.push(round)
          console.log(sentence(round))
          if (round.broken.length > 0) {
            cpSync(join(folder, 'home/logs'), join(import.meta.dirname, `../.holdfast/bench/kills-${seed}-${number}`), {
              recursive: true,
            })
            break
          }
        }
      }
      const left = leftOf(folder)
      const broken = [...rounds.flatMap((round) => round.broken), ...left.map((process) => `left: ${process}`)]
      const columns = ['pairs', 'users failed', 'of requests', 'bad at most ms', 'median ms', 'broken']
      const bads = rounds.map(({ badForMs }) => badForMs).toSorted((a, b) => a - b)
      const failed = rounds.reduce((sum, round) => sum + round.failed[0] + round.failed[1], 0)
      const requests = rounds.reduce((sum, round) => sum + round.requests, 0)
      const row = [rounds.length, failed, requests, bads.at(-1) ?? 0, bads[bads.length >> 1] ?? 0, broken.length]
      const title = `${this.title}; seed ${seed}, pairs ${from} to ${from + rounds.length - 1} of ${pairs.length}`
      return { title, columns, rows: [row], json: { seed, rounds, broken } }
    } finally {
      await endAll()
    }
  },
}

/**
 * Every ordered pair once, in the seed's order. A service is killed, not halted: the analysis would rightly judge a version that does not
 * answer.
 */
function pairsOf(seed: number): readonly Pair[] {
  const next = seeded(seed)
  const draw = (below: number) => Math.floor(next() * below)
  const all = parts.flatMap((first) => parts.filter((second) => second !== first).map((second) => ({ first, second })))
  for (let at = all.length - 1; at > 0; at -= 1) {
    const other = draw(at + 1)
    const [a, b] = [all[at], all[other]]
    if (a && b) [all[at], all[other]] = [b, a]
  }
  const how = (part: Part): How => (draw(4) === 0 && part !== 'service' && part !== 'starter' ? 'halt' : 'kill')
  return all.map(({ first, second }) => ({
    ...{ first, second, delayMs: [0, 100, 1_000][draw(3)] ?? 0, how: [how(first), how(second)] as const },
  }))
}

async function roundOf(stack: KillsStack, shops: KillsShops, pair: Pair, number: number): Promise<Round> {
  const canary = await shops.start(`${number + 2}.0.0`)
  const startedAtMs = Date.now()
  const killed = [stack.pidOf(pair.first, canary.badRevision)]
  const halted = [strike(killed[0], pair.how[0])]
  canary.turnBad()
  await pause(pair.delayMs)
  killed.push(stack.pidOf(pair.second, canary.badRevision))
  halted.push(strike(killed[1], pair.how[1]))
  const again = async () => {
    if (pair.first !== 'starter' && pair.second !== 'starter') return
    await pause(1_000)
    await stack.startAgain()
  }
  const [badForMs] = await Promise.all([canary.withoutBad(startedAtMs), again(), ...halted])
  const seen = await canary.end()
  const broken = [...seen.broken]
  for (const [at, part] of [pair.first, pair.second].entries())
    if (part !== 'service' && pair.how[at] === 'kill' && (killed[at] === undefined || stack.pidOf(part, '') === killed[at]))
      broken.push(`${part} is still the same process`)
  return { ...pair, number, ...seen, badForMs, broken }
}

/** Resolves once the process may continue. */
async function strike(pid: number | undefined, how: How): Promise<void> {
  if (pid === undefined) return
  send(pid, how === 'kill' ? 'SIGKILL' : 'SIGSTOP')
  if (how === 'kill') return
  await pause(haltMs)
  send(pid, 'SIGCONT')
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It ended with the other part, or because of it.
  }
}

const sentence = ({ number, first, second, delayMs, how, good, bad, badForMs, failed, requests, broken }: Round): string =>
  `${number}: ${how[0]} ${first}, ${delayMs} ms later ${how[1]} ${second}: good ${good}, bad ${bad} after ${badForMs} ms; ` +
  `${failed[0]} + ${failed[1]} of ${requests} failed${broken.length > 0 ? `; BROKEN: ${broken.join('; ')}` : ''}`
