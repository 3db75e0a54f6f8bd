/** Where a Node that runs TypeScript is: this one, the one the packages bring, or one on PATH. Plain JavaScript: it runs on Node 20. */
import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The first major version that runs our TypeScript as it stands. */
export const neededMajor = 24

/** Path of a Node >= 24, or null. Costs nothing where this process is one; 40 ms for each `node` on PATH that has to be asked. */
export function findNode({ version = process.versions.node, path = process.env.PATH ?? '', folder = root } = {}) {
  if (isNew(version)) return process.execPath
  const packaged = join(folder, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node')
  if (isExecutable(packaged)) return packaged
  const candidates = path
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, 'node'))
  return candidates.filter(isExecutable).find((node) => isNew(versionOf(node))) ?? null
}

/** What to do where there is none: the packages bring one for Linux only. */
export function missingNode(version = process.versions.node) {
  const way =
    process.platform === 'darwin'
      ? `install it with 'brew install node@${neededMajor}' or from https://nodejs.org, then try again`
      : `install it from https://nodejs.org, or let npm install optional packages ('npm ci --include=optional'), then try again`
  return `Node ${neededMajor} or later is needed, and this is ${version}\n  ${way}`
}

/**
 * Goes on under `node` in the same terminal and resolves with its exit code. Every signal is passed on: it may have come to this process
 * alone. Ctrl-C in a terminal reaches the child by itself too, which takes two in one moment for one.
 */
export function goOn(node, args) {
  return new Promise((resolve) => {
    const child = spawn(node, args, { stdio: 'inherit', env: { NODE_COMPILE_CACHE: compiled(), ...process.env } })
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
    child.once('error', (error) => {
      console.error(`holdfast: cannot run ${node}: ${error.message}`)
      resolve(1)
    })
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : signal === 'SIGTERM' ? 143 : 1)))
  })
}

/**
 * Where compiled code is kept, in a folder of the user's own. A process that finds its code there does not load the compiler that strips
 * types, which would stay with it: 23 MB.
 */
const compiled = () => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'holdfast', 'compiled')

const isNew = (version) => Number(version.split('.')[0]) >= neededMajor

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function versionOf(node) {
  const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8', timeout: 5_000 })
  return (stdout ?? '').trim().replace(/^v/, '')
}
