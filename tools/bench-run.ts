/**
 * `npm run bench -- NAME [ARGUMENT...]`: runs one benchmark of loadtests/, prints its table and writes its JSON. Without a name it lists
 * all benchmarks.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Bench } from '../loadtests/bench.ts'
import { formatTable } from './bench/format-table.ts'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'loadtests')
const print = (line: string): void => void process.stdout.write(`${line}\n`)

const [name, ...args] = process.argv.slice(2)
const names = await listBenches()
if (name === undefined) {
  for (const found of names) print(`${found.padEnd(16)} ${(await loadBench(found)).title}`)
} else if (!names.includes(name)) {
  process.stderr.write(`error: there is no benchmark ${name}\nhint: there are ${names.join(', ') || 'none yet'}\n`)
  process.exitCode = 2
} else {
  await measure(await loadBench(name))
}

async function measure(bench: Bench): Promise<void> {
  const startedAt = new Date()
  const { title, columns, rows, json } = await bench.run(args)
  print(title)
  for (const line of formatTable(columns, rows)) print(line)
  const out = join(root, '.holdfast/bench', `${bench.name}.json`)
  await mkdir(join(root, '.holdfast/bench'), { recursive: true })
  const machine = { node: process.version, platform: process.platform, arch: process.arch }
  await writeFile(
    out,
    `${JSON.stringify({ name: bench.name, title, startedAt, machine, columns, rows, result: json }, null, 2)}\n`,
  )
  print(`written to ${out}`)
}

/** The scripts that export a benchmark. Other files of the folder are their parts. */
async function listBenches(): Promise<string[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.ts')).sort()
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  return files.filter((_, at) => /^export const bench\b/m.test(texts[at] ?? '')).map((file) => file.slice(0, -'.ts'.length))
}

async function loadBench(found: string): Promise<Bench> {
  const { bench } = (await import(pathToFileURL(join(folder, `${found}.ts`)).href)) as { bench: Bench }
  return bench
}
