/**
 * Records the histories that later versions must replay: every scene on real parts, into a new folder beside this file. Histories of a
 * shipped version are never recorded again; new ones are added. `node test/histories/record.ts [scene ...]`
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir, hostname } from 'node:os'
import { join } from 'node:path'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { endAll } from '../stack/at-end.ts'
import type { Rig } from '../stack/rig.ts'
import { startRig } from '../stack/rig.ts'
import { lonelyScenes, moreScenes } from './more-scenes.ts'
import type { Scene } from './scenes.ts'
import { scenes } from './scenes.ts'
import { openStage } from './stage.ts'

const atOnce = 4
const root = join(import.meta.dirname, '../..')
const wanted = process.argv.slice(2)
const folder = newFolder()
const failed: string[] = []

const interrupted = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
})

try {
  await using rig = await startRig()
  await Promise.race([playAll(rig), interrupted])
} finally {
  await endAll()
}
console.log(`histories are in ${folder}`)
if (failed.length > 0) console.error(`without ${failed.join(', ')}: record them by name`)
process.exitCode = failed.length > 0 ? 1 : 0

async function playAll(rig: Rig): Promise<void> {
  const queue = [...scenes, ...moreScenes].filter(isWanted)
  const hand = async () => {
    for (let scene = queue.shift(); scene; scene = queue.shift()) await play(rig, scene)
  }
  await Promise.all(Array.from({ length: atOnce }, hand))
  for (const scene of lonelyScenes.filter(isWanted)) await play(rig, scene)
}

function isWanted({ name }: Scene): boolean {
  return wanted.length === 0 || wanted.includes(name)
}

async function play(rig: Rig, { name, play: perform }: Scene): Promise<void> {
  const startedAtMs = Date.now()
  try {
    await using stage = openStage(rig, name, write)
    await perform(stage)
    console.log(`${name}: ${((Date.now() - startedAtMs) / 1_000).toFixed(1)} s`)
  } catch (error) {
    failed.push(name)
    console.error(`${name}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** One event a line, so that two recordings can be compared. */
function write(name: string, history: object): void {
  const { events } = JSON.parse(historyToJSON(history)) as { events: readonly object[] }
  const lines = events.map((event) => JSON.stringify(event, withoutMachine))
  const text = `{"events":[\n${lines.join(',\n')}\n]}\n`
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.json`), text, { flag: 'wx' })
}

/** Removes the worker's identity and the path of the sources, which a replay does not need. */
function withoutMachine(key: string, value: unknown): unknown {
  if (key === 'identity') return 'recorder'
  if (typeof value !== 'string') return value
  const said = value.replaceAll(root, '').replaceAll(hostname(), 'host')
  const told = key === 'data' ? Buffer.from(value, 'base64').toString() : said
  for (const own of [root, homedir()]) {
    if (own.length > 1 && told.includes(own)) throw new Error(`a history names a folder of this machine: ${told.slice(0, 200)}`)
  }
  return said
}

/** The folder is named after the day. A second recording of the day gets a number. */
function newFolder(): string {
  const day = new Date().toISOString().slice(0, 10)
  for (let n = 1; ; n += 1) {
    const path = join(import.meta.dirname, n === 1 ? day : `${day}-${n}`)
    if (!existsSync(path)) return path
  }
}
